import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { JoinByLink } from "@/components/spaces/join-by-link";
import type { LinkedSpace } from "@/lib/api-types";
import { settled } from "@/lib/server/gateway";
import { requirePerson } from "@/lib/server/session";
import { lookAtInvitationLink } from "@/lib/server/spaces";
import { spaceIdIn, spacePath } from "@/lib/space-paths";

export const metadata: Metadata = { title: "Invitation" };

/** Where an invitation link leads: to a question, as nobody joins by opening an address. */
export default async function JoinPage({ params }: PageProps<"/join/[space]/[secret]">) {
  const person = await requirePerson();
  const { space, secret } = await params;
  const spaceId = spaceIdIn(space);
  const link = { space_id: spaceId ?? "-", secret };
  const found = await settled<LinkedSpace>(lookAtInvitationLink(person, link));
  if (found.ok && found.value.belongs) redirect(spacePath(found.value.space_id, "chat"));
  return (
    <Page title="Invitation" lead="Somebody asks you to join their space.">
      {found.ok ? (
        <JoinByLink link={link} found={found.value} />
      ) : found.problem.reason === "space_not_accessible" ? (
        <p className="text-ink-soft">
          This link has ended: somebody has joined by it, it was taken back, or seven days are over.
          Ask whoever sent it for another one.
        </p>
      ) : (
        <PageFault problem={found.problem} />
      )}
    </Page>
  );
}
