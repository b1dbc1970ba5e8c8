import type { Metadata } from "next";
import { AppShell } from "@/components/shell/app-shell";
import { Page } from "@/components/shell/page";
import { OpenedLink } from "@/components/spaces/opened-link";
import { SignInToJoin } from "@/components/spaces/sign-in-to-join";
import * as texts from "@/components/spaces/texts";
import { known } from "@/lib/server/current-space";
import { person } from "@/lib/server/session";
import { soon } from "@/lib/server/soon";
import { isSignInRevoked } from "@/lib/server/told-sign-in";
import { spaceIdIn } from "@/lib/space-paths";

export const metadata: Metadata = { title: texts.invitation };

/**
 * Where an invitation link leads. Its secret stands behind the # of the address, which browsers send
 * to nobody: the page itself reads it there, before it leads anywhere else.
 */
export default async function JoinPage({ params }: PageProps<"/join/[space]">) {
  const spaceId = spaceIdIn((await params).space) ?? "-";
  const who = await person();
  if (who === null || (await soon(isSignInRevoked(who), false))) {
    return <SignInToJoin spaceId={spaceId} />;
  }
  return (
    <AppShell here={await known()} spaceId={null}>
      <Page title={texts.invitation} lead={texts.somebodyAsksYouToJoin}>
        <OpenedLink spaceId={spaceId} userId={who.userId} />
      </Page>
    </AppShell>
  );
}
