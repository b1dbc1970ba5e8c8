import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { Invitations } from "@/components/spaces/invitations";
import type { Known } from "@/lib/server/current-space";

export function InvitationsPage({ here }: { here: Known }) {
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
