import type { Metadata } from "next";
import { ConsoleScreen } from "@/components/console/console-screen";
import * as texts from "@/components/console/texts";
import { InSpace } from "@/components/spaces/in-space";
import { gatewaySettings } from "@/lib/server/settings";

export const metadata: Metadata = { title: texts.tools };

export default function ToolsPage({ params }: PageProps<"/s/[space]/tools">) {
  return (
    <InSpace title={texts.tools} params={params}>
      {(space, person) => (
        <ConsoleScreen
          person={person}
          space={space}
          gatewayUrl={gatewaySettings().publicEndpoint}
        />
      )}
    </InSpace>
  );
}
