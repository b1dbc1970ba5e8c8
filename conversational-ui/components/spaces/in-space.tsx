import type { ReactNode } from "react";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { SpaceDeleted } from "@/components/spaces/space-deleted";
import type { Space } from "@/lib/api-types";
import type { Problem } from "@/lib/problems";
import { placeAt } from "@/lib/server/current-space";
import type { Person } from "@/lib/server/session";
import { awaited, soon } from "@/lib/server/soon";

/** A page about the space that the address names, for its members; says so where nobody can say. */
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
    const { space, person, spaces } = here;
    const asked = Promise.resolve(children(space, person, spaces));
    return soon(asked, <WithoutData title={title} problem={awaited()} />);
  }
  if (here.kind === "deleted") return <SpaceDeleted problem={here.problem} here={here.here} />;
  return <WithoutData title={title} problem={here.problem} />;
}

function WithoutData({ title, problem }: { title: string; problem: Problem }) {
  return (
    <Page title={title}>
      <PageFault problem={problem} />
    </Page>
  );
}
