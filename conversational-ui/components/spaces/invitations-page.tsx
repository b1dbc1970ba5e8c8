import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { Invitations } from "@/components/spaces/invitations";
import * as texts from "@/components/spaces/texts";
import type { Known } from "@/lib/server/current-space";

export function InvitationsPage({ here }: { here: Known }) {
  return (
    <Page title={texts.invitations} lead={texts.spacesThatTheir}>
      {here.kind === "fault" ? (
        <PageFault problem={here.problem} />
      ) : here.invitations.length === 0 ? (
        <p className="text-ink-soft">{texts.thereAreNoneJust}</p>
      ) : (
        <Invitations invitations={here.invitations} />
      )}
    </Page>
  );
}
