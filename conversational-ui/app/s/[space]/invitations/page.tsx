import type { Metadata } from "next";
import { InvitationsPage } from "@/components/spaces/invitations-page";
import * as texts from "@/components/spaces/texts";
import { known, placeAt } from "@/lib/server/current-space";

export const metadata: Metadata = { title: texts.invitations };

export default async function InvitationsInSpace({ params }: PageProps<"/s/[space]/invitations">) {
  await placeAt((await params).space);
  return <InvitationsPage here={await known()} />;
}
