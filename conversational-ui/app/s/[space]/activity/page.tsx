import type { Metadata } from "next";
import { Activity } from "@/components/activity/activity";
import { ActivityFilterForm } from "@/components/activity/activity-filter-form";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { askedOf, filterOf } from "@/lib/activity";
import type { AuditPage } from "@/lib/api-types";
import { listActivity } from "@/lib/server/activity";
import { settled } from "@/lib/server/gateway";
import { listPeople, type People } from "@/lib/server/spaces";

export const metadata: Metadata = { title: "Activity" };

export default async function ActivityPage({
  params,
  searchParams,
}: PageProps<"/s/[space]/activity">) {
  const filter = filterOf(await searchParams);
  return (
    <InSpace title="Activity" params={params}>
      {async (space, person) => {
        const isOwner = space.role === "owner";
        const [page, people] = await Promise.all([
          settled<AuditPage>(listActivity(person, space.space_id, askedOf(filter))),
          isOwner ? settled<People>(listPeople(person, space.space_id)) : null,
        ]);
        const members = people?.ok ? people.value.members.map(({ user_id }) => user_id) : [];
        return (
          <Page
            title={isOwner ? "Activity" : "My activity"}
            lead={
              isOwner
                ? `What people and programs did with ${space.name}'s Notion.`
                : `What you did with ${space.name}'s Notion. Owners see everybody's calls.`
            }
          >
            {page.ok ? (
              <Activity space={space} page={page.value} filter={filter} members={members} />
            ) : page.problem.reason === "invalid_request" && filter.page ? (
              <ActivityFilterForm space={space} filter={filter} members={members} isNoPage />
            ) : (
              <PageFault problem={page.problem} />
            )}
          </Page>
        );
      }}
    </InSpace>
  );
}
