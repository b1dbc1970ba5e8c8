import type { Metadata } from "next";
import { ConsoleScreen } from "@/components/chat/console/console-screen";
import { InSpace } from "@/components/spaces/in-space";
import { modelForPage } from "@/lib/ai/model";

export const metadata: Metadata = { title: "Tools" };

export default function ToolsPage() {
  return (
    <InSpace title="Tools">
      {(space, person) => (
        <ConsoleScreen
          key={space.space_id}
          person={person}
          space={space}
          model={modelForPage().model ? "beside" : "none"}
        />
      )}
    </InSpace>
  );
}
