import type { Metadata } from "next";
import { PageFault } from "@/components/fault";
import { History } from "@/components/notion/history";
import { NotionIntegration } from "@/components/notion/notion-integration";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import type { HistoryPage, NotionStatus, Space } from "@/lib/api-types";
import { settled } from "@/lib/server/gateway";
import { notionHistory, notionStatus } from "@/lib/server/notion";
import type { Person } from "@/lib/server/session";
import { lastVerification } from "@/lib/server/verifications";

export const metadata: Metadata = { title: "Integrations" };

export default function IntegrationsPage() {
  return (
    <InSpace title="Integrations">
      {(space, person) => <Integrations space={space} person={person} />}
    </InSpace>
  );
}

async function Integrations({ space, person }: { space: Space; person: Person }) {
  const [status, history] = await Promise.all([
    settled<NotionStatus>(notionStatus(person, space.space_id)),
    settled<HistoryPage>(notionHistory(person, space.space_id)),
  ]);
  return (
    <Page
      title="Integrations"
      lead={`What ${space.name} works with. One consent serves every member, chat and agent of the space.`}
    >
      {status.ok ? (
        <NotionIntegration
          key={space.space_id}
          space={space}
          status={status.value}
          last={lastVerification(space.space_id)}
        />
      ) : (
        <PageFault problem={status.problem} />
      )}
      {history.ok && <History page={history.value} />}
      {status.ok && !history.ok && <PageFault problem={history.problem} />}
    </Page>
  );
}
