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
      lead={
        here.spaces.length > 0
          ? "A space is a team's area. Connect it to Notion once, and all its members can work with it."
          : "A space holds a connection to Notion: for you alone, or for a team whose members all work with it."
      }
    >
      <WithoutSpace {...here} page={wantedPage((await searchParams).page)} />
    </Page>
  );
}
