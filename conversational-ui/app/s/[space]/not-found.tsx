import { Page } from "@/components/shell/page";
import { NoSuchSpace } from "@/components/spaces/no-such-space";
import * as texts from "@/components/spaces/texts";
import { known } from "@/lib/server/current-space";

/** The same whether there is no such space, or it is other people's. */
export default async function SpaceNotFound() {
  const here = await known();
  return (
    <Page title={texts.youCannotOpenThis} lead={texts.thereIsNoSuchSpace}>
      <NoSuchSpace here={here} />
    </Page>
  );
}
