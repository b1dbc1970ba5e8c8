import type { Metadata } from "next";
import { ResourcesScreen } from "@/components/console/resources-screen";
import * as texts from "@/components/console/texts";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: texts.resources };

export default function ResourcesPage({ params }: PageProps<"/s/[space]/tools/resources">) {
  return (
    <InSpace title={texts.resources} params={params}>
      {(space, person) => <ResourcesScreen person={person} space={space} />}
    </InSpace>
  );
}
