import { Page } from "@/components/shell/page";
import { NoSuchSpace } from "@/components/spaces/no-such-space";
import * as texts from "@/components/spaces/texts";
import type { Problem } from "@/lib/problems";
import type { Known } from "@/lib/server/current-space";

/** In place of every page of a space that the person belonged to until it was deleted. */
export function SpaceDeleted({ problem, here }: { problem: Problem; here: Known }) {
  return (
    <Page
      title={texts.thisSpaceWasDeleted}
      lead={texts.itsConnectionToNotion(problem.detail ?? texts.oneOfItsOwners)}
    >
      <NoSuchSpace here={here} />
    </Page>
  );
}
