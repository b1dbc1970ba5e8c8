import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageFault } from "@/components/fault";
import { SharedMessages } from "@/components/shared/shared-messages";
import { StopSharing } from "@/components/shared/stop-sharing";
import * as texts from "@/components/shared/texts";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { Time } from "@/components/time";
import type { SharedConversation } from "@/lib/api-types";
import { isIdentifier } from "@/lib/identifiers";
import { settled } from "@/lib/server/gateway";
import { readShared } from "@/lib/server/shared";

export const metadata: Metadata = { title: texts.sharedConversation };

/** What a member of the space has shared with the others, to read. */
export default async function SharedPage({ params }: PageProps<"/s/[space]/shared/[id]">) {
  const { id } = await params;
  if (!isIdentifier(id)) notFound();
  return (
    <InSpace title={texts.sharedConversation} params={params}>
      {async (space, person) => {
        const found = await settled<SharedConversation>(readShared(person, space.space_id, id));
        if (!found.ok) {
          return (
            <Page title={texts.sharedConversation}>
              <PageFault problem={found.problem} />
            </Page>
          );
        }
        const { title, shared_by, shared_at, messages } = found.value;
        const isMine = shared_by === person.userId;
        return (
          <Page
            title={title}
            lead={
              <>
                {texts.sharedWithBy(space.name)}
                {isMine ? texts.you : <b>{shared_by}</b>}{" "}
                {texts.toReadWhatWasSaid(<Time at={shared_at} />)}
              </>
            }
            actions={
              space.role === "owner" && <StopSharing spaceId={space.space_id} shareId={id} />
            }
          >
            <SharedMessages messages={messages} />
          </Page>
        );
      }}
    </InSpace>
  );
}
