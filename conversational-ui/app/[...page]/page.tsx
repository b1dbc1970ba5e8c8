import { notFound, redirect } from "next/navigation";
import { PageFault } from "@/components/fault";
import { known, lastSpace } from "@/lib/server/current-space";
import { newAddress, oldAddress } from "@/lib/space-paths";

/**
 * Addresses without a space, from bookmarks and the time before: they lead to the space that was
 * used last. Only where there is a choice to make is the person asked.
 */
export default async function OldAddressPage({ params, searchParams }: PageProps<"/[...page]">) {
  const query = await searchParams;
  const wanted = oldAddress((await params).page, query);
  if (!wanted) notFound();
  const here = await known();
  if (here.kind === "fault") {
    return (
      <main className="mx-auto w-full max-w-3xl px-5 py-12">
        <PageFault problem={here.problem} />
      </main>
    );
  }
  const space = await lastSpace(here.spaces, here.person);
  redirect(space ? newAddress(wanted, space.space_id, query) : `/spaces?page=${wanted.page}`);
}
