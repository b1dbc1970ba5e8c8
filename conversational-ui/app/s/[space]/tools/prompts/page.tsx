import type { Metadata } from "next";
import { PromptsScreen } from "@/components/console/prompts-screen";
import * as texts from "@/components/console/texts";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: texts.prompts };

export default function PromptsPage({ params }: PageProps<"/s/[space]/tools/prompts">) {
  return (
    <InSpace title={texts.prompts} params={params}>
      {(space, person) => <PromptsScreen person={person} space={space} />}
    </InSpace>
  );
}
