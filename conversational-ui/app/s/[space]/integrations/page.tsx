import type { Metadata } from "next";
import { CatalogueCard } from "@/components/catalogue/catalogue-card";
import { PageFault } from "@/components/fault";
import { Connections } from "@/components/notion/connections";
import { History } from "@/components/notion/history";
import * as texts from "@/components/notion/texts";
import { PolicyCard } from "@/components/policy/policy-card";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { WebhooksCard } from "@/components/webhooks/webhooks-card";
import type { Catalogue, HistoryPage, Space, SpaceConnections, SpacePolicy } from "@/lib/api-types";
import { changesOf } from "@/lib/connection-days";
import { catalogue } from "@/lib/server/catalogue";
import { settled } from "@/lib/server/gateway";
import { notionHistory, spaceConnections } from "@/lib/server/notion";
import { spacePolicy } from "@/lib/server/policy";
import type { Person } from "@/lib/server/session";
import { listWebhooks, type ShownWebhook } from "@/lib/server/webhooks";

export const metadata: Metadata = { title: texts.integrations };

export default function IntegrationsPage({ params }: PageProps<"/s/[space]/integrations">) {
  return (
    <InSpace title={texts.integrations} params={params}>
      {integrations}
    </InSpace>
  );
}

async function integrations(space: Space, person: Person) {
  const isOwner = space.role === "owner";
  const [connections, tools, policy, history, webhooks] = await Promise.all([
    settled<SpaceConnections>(spaceConnections(person, space.space_id)),
    settled<Catalogue>(catalogue(person, space.space_id)),
    settled<SpacePolicy>(spacePolicy(person, space.space_id)),
    settled<HistoryPage>(notionHistory(person, space.space_id)),
    isOwner ? settled<ShownWebhook[]>(listWebhooks(person, space.space_id)) : null,
  ]);
  const hasOwn = connections.ok && (connections.value.personal?.has_mcp_token ?? false);
  const own = hasOwn
    ? await settled<Catalogue>(catalogue(person, space.space_id, "personal"))
    : null;
  return (
    <Page title={texts.integrations} lead={texts.whatWorksWith(space.name)}>
      {connections.ok ? (
        <Connections
          space={space}
          person={person}
          now={connections.value}
          changes={history.ok ? changesOf(history.value) : null}
        />
      ) : (
        <PageFault problem={connections.problem} />
      )}
      {tools.ok && (tools.value.is_on || tools.value.version > 0) && (
        <CatalogueCard space={space} catalogue={tools.value} />
      )}
      {own?.ok && own.value.version > 0 && <CatalogueCard space={space} catalogue={own.value} />}
      {connections.ok && !tools.ok && <PageFault problem={tools.problem} />}
      {policy.ok ? (
        <PolicyCard key={`policy ${space.space_id}`} space={space} policy={policy.value} />
      ) : (
        connections.ok && <PageFault problem={policy.problem} />
      )}
      {webhooks?.ok && (
        <WebhooksCard key={`webhooks ${space.space_id}`} space={space} webhooks={webhooks.value} />
      )}
      {connections.ok && webhooks?.ok === false && <PageFault problem={webhooks.problem} />}
      {history.ok && <History page={history.value} />}
      {connections.ok && !history.ok && <PageFault problem={history.problem} />}
    </Page>
  );
}
