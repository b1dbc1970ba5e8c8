import type { Metadata } from "next";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { WithoutSpace } from "@/components/spaces/without-space";
import { known } from "@/lib/server/current-space";
import { wantedPage } from "@/lib/space-paths";

export const metadata: Metadata = { title: "Spaces" };

/** Where to begin. ``page``: what of a space was wanted. */
export default async function SpacesPage({ searchParams }: PageProps<"/spaces">) {
  const here = await known();
  if (here.kind === "fault") {
    return (
      <Page title="Spaces">
        <PageFault problem={here.problem} />
      </Page>
    );
  }
  return (
    <Page
      title={here.spaces.length > 0 ? "Choose a space" : "Create your first space"}
      lead="A space is a team's area. Connect it to Notion once, and all its members can work with it."
    >
      <WithoutSpace {...here} page={wantedPage((await searchParams).page)} />
    </Page>
  );
}
