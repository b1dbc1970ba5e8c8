import type { Route } from "next";
import { redirect } from "next/navigation";
import { joinPath } from "@/lib/invitation-links";
import { spaceIdIn } from "@/lib/space-paths";

/** Links that were made when the secret stood in the path lead on to where it stands now. */
export default async function OldJoinPage({ params }: PageProps<"/join/[space]/[secret]">) {
  const { space, secret } = await params;
  redirect(joinPath(spaceIdIn(space) ?? "-", secret) as Route);
}
