import type { Metadata } from "next";
import { ConsoleScreen } from "@/components/chat/console/console-screen";
import { InSpace } from "@/components/spaces/in-space";
import { modelForPage } from "@/lib/ai/model";

export const metadata: Metadata = { title: "Tools" };

export default function ToolsPage({ params }: PageProps<"/s/[space]/chat/tools">) {
  return (
    <InSpace title="Tools" params={params}>
      {(space, person) => (
        <ConsoleScreen
          person={person}
          space={space}
          model={modelForPage().model ? "beside" : "none"}
        />
      )}
    </InSpace>
  );
}
