import type { Metadata } from "next";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { Invitations } from "@/components/spaces/invitations";
import { place } from "@/lib/server/current-space";

export const metadata: Metadata = { title: "Invitations" };

export default async function InvitationsPage() {
  const here = await place();
  return (
    <Page
      title="Invitations"
      lead="Spaces that their owners ask you to join. An invitation ends after thirty days."
    >
      {here.kind === "fault" ? (
        <PageFault problem={here.problem} />
      ) : here.invitations.length === 0 ? (
        <p className="text-ink-soft">There are none just now.</p>
      ) : (
        <Invitations invitations={here.invitations} />
      )}
    </Page>
  );
}
