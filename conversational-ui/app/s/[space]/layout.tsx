import { AppShell } from "@/components/shell/app-shell";
import { RememberSpace } from "@/components/spaces/remember-space";
import { known } from "@/lib/server/current-space";
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
  return (
    <AppShell here={here} spaceId={space?.space_id ?? null}>
      {space?.is_chosen && <RememberSpace spaceId={space.space_id} userId={here.person.userId} />}
      {children}
    </AppShell>
  );
}
