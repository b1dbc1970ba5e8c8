import type { Metadata } from "next";
import { ConsoleScreen } from "@/components/chat/console/console-screen";
import { InSpace } from "@/components/spaces/in-space";
import { modelForPage } from "@/lib/ai/model";
import { settled } from "@/lib/server/gateway";
import { notionGrants } from "@/lib/server/notion";

export const metadata: Metadata = { title: "Tools" };

export default function ToolsPage({ params }: PageProps<"/s/[space]/chat/tools">) {
  return (
    <InSpace title="Tools" params={params}>
      {async (space, person) => {
        const grants = await settled(notionGrants(person, space.space_id));
        return (
          <ConsoleScreen
            person={person}
            space={space}
            grants={grants.ok ? grants.value : null}
            model={modelForPage().model ? "beside" : "none"}
          />
        );
      }}
    </InSpace>
  );
}
