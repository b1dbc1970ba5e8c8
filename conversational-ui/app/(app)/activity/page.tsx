import type { Metadata } from "next";
import { Activity } from "@/components/activity/activity";
import { ActivityFilterForm } from "@/components/activity/activity-filter-form";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { filterOf, queryOf } from "@/lib/activity";
import type { AuditPage } from "@/lib/api-types";
import { listActivity } from "@/lib/server/activity";
import { settled } from "@/lib/server/gateway";

export const metadata: Metadata = { title: "Activity" };

export default async function ActivityPage({ searchParams }: PageProps<"/activity">) {
  const filter = filterOf(await searchParams);
  return (
    <InSpace title="Activity">
      {async (space, person) => {
        const asked = listActivity(person, space.space_id, queryOf(filter));
        const page = await settled<AuditPage>(asked);
        const whose = space.role === "owner" ? "What people and programs did" : "What you did";
        return (
          <Page title="Activity" lead={`${whose} with ${space.name}'s Notion.`}>
            {page.ok ? (
              <Activity space={space} page={page.value} filter={filter} />
            ) : page.problem.reason === "invalid_request" && filter.page ? (
              <ActivityFilterForm filter={filter} isOwner={space.role === "owner"} isNoPage />
            ) : (
              <PageFault problem={page.problem} />
            )}
          </Page>
        );
      }}
    </InSpace>
  );
}
