import { catalogueChanges } from "@/lib/server/catalogue";
import { BadRequest, identifier, route, whoseOf } from "@/lib/server/route";

/** What has changed in Notion's tools. ``before``: as the page before gave it. */
export const GET = route<{ spaceId: string }>(({ request, person, params }) => {
  const { searchParams } = request.nextUrl;
  const before = searchParams.get("before");
  if (before !== null && !/^\d{1,9}$/.test(before)) throw new BadRequest("before is malformed.");
  return catalogueChanges(person, identifier(params.spaceId, "spaceId"), {
    whose: whoseOf(request),
    before,
    unseen: searchParams.get("unseen") === "true",
  });
});
