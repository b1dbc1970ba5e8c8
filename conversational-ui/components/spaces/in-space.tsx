import { type ReactNode, Suspense } from "react";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { PagePlaceholder } from "@/components/shell/page-placeholder";
import { SpaceDeleted } from "@/components/spaces/space-deleted";
import type { Space } from "@/lib/api-types";
import { placeAt } from "@/lib/server/current-space";
import type { Person } from "@/lib/server/session";
import { soon } from "@/lib/server/soon";

/**
 * A page about the space that the address names, for its members; says so where nobody can say. A
 * placeholder stands for what takes long, but not before it is known whether there is such a space
 * at all: what has begun with status 200 cannot end as 404.
 */
export async function InSpace({
  title,
  params,
  children,
}: {
  title: string;
  params: Promise<{ space: string }>;
  children: (space: Space, person: Person, spaces: Space[]) => ReactNode | Promise<ReactNode>;
}) {
  const here = await placeAt((await params).space);
  if (here.kind === "space") {
    const page = Promise.resolve(children(here.space, here.person, here.spaces));
    return soon(page, <Suspense fallback={<PagePlaceholder title={title} />}>{page}</Suspense>);
  }
  if (here.kind === "deleted") return <SpaceDeleted problem={here.problem} here={here.here} />;
  return (
    <Page title={title}>
      <PageFault problem={here.problem} />
    </Page>
  );
}
