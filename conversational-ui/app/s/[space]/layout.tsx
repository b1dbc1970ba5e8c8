import { ConnectionShared } from "@/components/notion/connection-shared";
import { AppShell } from "@/components/shell/app-shell";
import { RememberSpace } from "@/components/spaces/remember-space";
import type { SpaceConnections } from "@/lib/api-types";
import { known } from "@/lib/server/current-space";
import { settled } from "@/lib/server/gateway";
import { spaceConnections } from "@/lib/server/notion";
import { soon } from "@/lib/server/soon";
import { lastVerification } from "@/lib/server/verifications";
import { spaceIdIn } from "@/lib/space-paths";

/**
 * Around the pages of the space that the address names. What of it may be seen, each page asks
 * anew: a layout stays while people go from page to page.
 */
export default async function SpaceLayout({ params, children }: LayoutProps<"/s/[space]">) {
  const here = await known();
  const named = spaceIdIn((await params).space);
  const space =
    here.kind === "known" ? here.spaces.find(({ space_id }) => space_id === named) : undefined;
  if (!space) {
    return (
      <AppShell here={here} spaceId={null}>
        {children}
      </AppShell>
    );
  }
  const asked = settled<SpaceConnections>(spaceConnections(here.person, space.space_id));
  const now = await soon(asked, null);
  return (
    <ConnectionShared
      spaceId={space.space_id}
      now={now?.ok ? now.value : null}
      last={{
        shared: lastVerification(space.space_id, "shared", here.person),
        personal: lastVerification(space.space_id, "personal", here.person),
      }}
    >
      {space.is_chosen && <RememberSpace spaceId={space.space_id} userId={here.person.userId} />}
      <AppShell here={here} spaceId={space.space_id}>
        {children}
      </AppShell>
    </ConnectionShared>
  );
}
