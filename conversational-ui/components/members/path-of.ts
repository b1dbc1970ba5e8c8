import type { Space } from "@/lib/api-types";

/** This site's route for somebody in a space, member or invited. */
export const pathOf = (space: Space, userId: string) =>
  `/api/spaces/${encodeURIComponent(space.space_id)}/members/${encodeURIComponent(userId)}`;
