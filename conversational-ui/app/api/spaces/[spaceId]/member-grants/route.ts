import { membersConnections } from "@/lib/server/notion";
import { identifier, route } from "@/lib/server/route";

/** Members' own connections, a hundred at a time; ``?after=`` the last user id of those before. */
export const GET = route<{ spaceId: string }>(async ({ request, person, params }) =>
  membersConnections(
    person,
    identifier(params.spaceId, "spaceId"),
    request.nextUrl.searchParams.get("after"),
  ),
);
