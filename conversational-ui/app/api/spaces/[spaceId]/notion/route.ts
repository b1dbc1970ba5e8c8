import { disconnect, notionStatus } from "@/lib/server/notion";
import { identifier, route } from "@/lib/server/route";
import { forgetVerification } from "@/lib/server/verifications";

interface Params {
  spaceId: string;
}

/** The connection of a space, as its history tells it. */
export const GET = route<Params>(({ person, params }) =>
  notionStatus(person, identifier(params.spaceId, "spaceId")),
);

/** Destroys the space's tokens. */
export const DELETE = route<Params>(async ({ person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const done = await disconnect(person, spaceId);
  forgetVerification(spaceId);
  return done;
});
