import { Page } from "@/components/shell/page";
import { NoSuchSpace } from "@/components/spaces/no-such-space";
import type { Problem } from "@/lib/problems";
import type { Known } from "@/lib/server/current-space";

/** In place of every page of a space that the person belonged to until it was deleted. */
export function SpaceDeleted({ problem, here }: { problem: Problem; here: Known }) {
  return (
    <Page
      title="This space was deleted"
      lead={`${problem.detail ?? "One of its owners deleted it."} Its connection to Notion, its tokens and its chats ended with it; nothing was deleted in Notion itself.`}
    >
      <NoSuchSpace here={here} />
    </Page>
  );
}
