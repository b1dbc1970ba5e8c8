import type { Metadata } from "next";
import { PageFault } from "@/components/fault";
import { DeleteSpace } from "@/components/members/delete-space";
import { Members } from "@/components/members/members";
import { RenameSpace } from "@/components/members/rename-space";
import * as texts from "@/components/members/texts";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { settled } from "@/lib/server/gateway";
import { listPeople, type People } from "@/lib/server/spaces";

export const metadata: Metadata = { title: texts.members };

export default function MembersPage({ params }: PageProps<"/s/[space]/members">) {
  return (
    <InSpace title={texts.members} params={params}>
      {async (space, person, spaces) => {
        const people = await settled<People>(listPeople(person, space.space_id));
        return (
          <Page title={texts.members} lead={texts.membersWorkInThis}>
            {people.ok ? (
              <Members space={space} {...people.value} userId={person.userId} />
            ) : (
              <PageFault problem={people.problem} />
            )}
            {space.role === "owner" && (
              <>
                <RenameSpace space={space} />
                <DeleteSpace space={space} isLast={spaces.length === 1} />
              </>
            )}
          </Page>
        );
      }}
    </InSpace>
  );
}
