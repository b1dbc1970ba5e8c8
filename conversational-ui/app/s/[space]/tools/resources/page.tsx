import type { Metadata } from "next";
import { ResourcesScreen } from "@/components/console/resources-screen";
import { InSpace } from "@/components/spaces/in-space";

export const metadata: Metadata = { title: "Resources" };

export default function ResourcesPage({ params }: PageProps<"/s/[space]/tools/resources">) {
  return (
    <InSpace title="Resources" params={params}>
      {(space, person) => <ResourcesScreen person={person} space={space} />}
    </InSpace>
  );
}
