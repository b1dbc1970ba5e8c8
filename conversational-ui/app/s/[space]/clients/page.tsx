import type { Metadata } from "next";
import { ConnectClient } from "@/components/clients/connect-client";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { gatewaySettings } from "@/lib/server/settings";

export const metadata: Metadata = { title: "Connect a client" };

export default function ClientsPage({ params }: PageProps<"/s/[space]/clients">) {
  return (
    <InSpace title="Connect a client" params={params}>
      {(space) => (
        <Page
          title="Connect a client"
          lead={`Use ${space.name}'s Notion from Claude, an editor, a terminal or a script.`}
        >
          <ConnectClient space={space} gatewayUrl={gatewaySettings().publicEndpoint} />
        </Page>
      )}
    </InSpace>
  );
}
