import { Page } from "@/components/shell/page";
import { NoSuchSpace } from "@/components/spaces/no-such-space";
import { known } from "@/lib/server/current-space";

/** The same whether there is no such space, or it is other people's. */
export default async function SpaceNotFound() {
  const here = await known();
  return (
    <Page
      title="You cannot open this space"
      lead="There is no such space, or you are not a member of it. Check the address, or ask an owner of the space to invite you."
    >
      <NoSuchSpace here={here} />
    </Page>
  );
}
