import type { Metadata } from "next";
import { InvitationsPage } from "@/components/spaces/invitations-page";
import { known, placeAt } from "@/lib/server/current-space";

export const metadata: Metadata = { title: "Invitations" };

export default async function InvitationsInSpace({ params }: PageProps<"/s/[space]/invitations">) {
  await placeAt((await params).space);
  return <InvitationsPage here={await known()} />;
}
