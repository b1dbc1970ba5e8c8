import type { Metadata } from "next";
import { PromptsScreen } from "@/components/console/prompts-screen";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: "Prompts" };

export default function PromptsPage({ params }: PageProps<"/s/[space]/tools/prompts">) {
  return (
    <InSpace title="Prompts" params={params}>
      {(space, person) => <PromptsScreen person={person} space={space} />}
    </InSpace>
  );
}
