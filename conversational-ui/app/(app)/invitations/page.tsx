import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { InvitationsPage } from "@/components/spaces/invitations-page";
import * as texts from "@/components/spaces/texts";
import { known, lastSpace } from "@/lib/server/current-space";
import { spacePath } from "@/lib/space-paths";

export const metadata: Metadata = { title: texts.invitations };

/** For whoever is in no space yet; others stay in theirs. */
export default async function InvitationsWithoutSpace() {
  const here = await known();
  const space = here.kind === "known" ? await lastSpace(here.spaces, here.person) : null;
  if (space) redirect(spacePath(space.space_id, "invitations"));
  return <InvitationsPage here={here} />;
}
