import type { Metadata } from "next";
import { ConsoleScreen } from "@/components/console/console-screen";
import { InSpace } from "@/components/spaces/in-space";
import { gatewaySettings } from "@/lib/server/settings";

export const metadata: Metadata = { title: "Tools" };

export default function ToolsPage({ params }: PageProps<"/s/[space]/tools">) {
  return (
    <InSpace title="Tools" params={params}>
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
