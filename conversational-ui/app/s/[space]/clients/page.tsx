import type { Metadata } from "next";
import { ConnectClient } from "@/components/clients/connect-client";
import * as texts from "@/components/clients/texts";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { gatewaySettings } from "@/lib/server/settings";

export const metadata: Metadata = { title: texts.connectAClient };

export default function ClientsPage({ params }: PageProps<"/s/[space]/clients">) {
  return (
    <InSpace title={texts.connectAClient} params={params}>
      {(space) => (
        <Page title={texts.connectAClient} lead={texts.notionFrom(space.name)}>
          <ConnectClient space={space} gatewayUrl={gatewaySettings().publicEndpoint} />
        </Page>
      )}
    </InSpace>
  );
}
