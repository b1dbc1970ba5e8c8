import type { Metadata } from "next";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import * as texts from "@/components/spaces/texts";
import { WithoutSpace } from "@/components/spaces/without-space";
import { known } from "@/lib/server/current-space";
import { wantedPage } from "@/lib/space-paths";

export const metadata: Metadata = { title: texts.spaces };

/** Where to begin. ``page``: what of a space was wanted. */
export default async function SpacesPage({ searchParams }: PageProps<"/spaces">) {
  const here = await known();
  if (here.kind === "fault") {
    return (
      <Page title={texts.spaces}>
        <PageFault problem={here.problem} />
      </Page>
    );
  }
  return (
    <Page
      title={here.spaces.length > 0 ? texts.chooseASpace : texts.createYourFirst}
      lead={here.spaces.length > 0 ? texts.aSpaceIsATeams : texts.aSpaceHoldsAConnection}
    >
      <WithoutSpace {...here} page={wantedPage((await searchParams).page)} />
    </Page>
  );
}
