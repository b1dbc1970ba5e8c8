import type { Metadata } from "next";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import * as texts from "@/components/tokens/texts";
import { Tokens } from "@/components/tokens/tokens";
import type { GatewayToken, Workload } from "@/lib/api-types";
import { settled } from "@/lib/server/gateway";
import { listWorkloads } from "@/lib/server/machines";
import { gatewaySettings } from "@/lib/server/settings";
import { listTokens } from "@/lib/server/spaces";

export const metadata: Metadata = { title: texts.gatewayTokens };

export default function TokensPage({ params }: PageProps<"/s/[space]/tokens">) {
  return (
    <InSpace title={texts.gatewayTokens} params={params}>
      {async (space, person) => {
        const [tokens, workloads] = await Promise.all([
          settled<GatewayToken[]>(listTokens(person, space.space_id)),
          space.role === "owner"
            ? settled<Workload[]>(listWorkloads(person, space.space_id))
            : null,
        ]);
        return (
          <Page title={texts.gatewayTokens} lead={texts.forScriptsAndMcp(space.name)}>
            {tokens.ok ? (
              <Tokens
                space={space}
                tokens={tokens.value}
                workloads={workloads}
                userId={person.userId}
                gatewayUrl={gatewaySettings().publicEndpoint}
              />
            ) : (
              <PageFault problem={tokens.problem} />
            )}
          </Page>
        );
      }}
    </InSpace>
  );
}
