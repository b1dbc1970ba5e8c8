import type { Begun } from "@/lib/first-steps";
import { identifier, route } from "@/lib/server/route";
import { listPeople, listTokens } from "@/lib/server/spaces";

/** What the signed-in person has begun in the space. */
export const GET = route<{ spaceId: string }>(async ({ person, params }): Promise<Begun> => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const [people, tokens] = await Promise.all([
    listPeople(person, spaceId),
    listTokens(person, spaceId),
  ]);
  const { members, invitations, links } = people;
  return {
    hasProgram: tokens.some(({ user_id }) => user_id === person.userId),
    hasColleagues: members.length > 1 || invitations.length > 0 || links.length > 0,
  };
});
