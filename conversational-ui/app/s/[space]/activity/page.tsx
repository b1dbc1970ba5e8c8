import type { Metadata } from "next";
import { Activity } from "@/components/activity/activity";
import { ActivityFilterForm } from "@/components/activity/activity-filter-form";
import * as texts from "@/components/activity/texts";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { InSpace } from "@/components/spaces/in-space";
import { askedOf, filterOf } from "@/lib/activity";
import type { AuditKeeping, AuditPage, GatewayToken } from "@/lib/api-types";
import { callerGroups } from "@/lib/callers";
import { auditKeeping, listActivity } from "@/lib/server/activity";
import { settled } from "@/lib/server/gateway";
import { listPeople, listTokens, type People } from "@/lib/server/spaces";

export const metadata: Metadata = { title: texts.activity };

export default async function ActivityPage({
  params,
  searchParams,
}: PageProps<"/s/[space]/activity">) {
  const filter = filterOf(await searchParams);
  return (
    <InSpace title={texts.activity} params={params}>
      {async (space, person) => {
        const isOwner = space.role === "owner";
        const [page, people, tokens, keeping] = await Promise.all([
          settled<AuditPage>(listActivity(person, space.space_id, askedOf(filter))),
          isOwner ? settled<People>(listPeople(person, space.space_id)) : null,
          settled<GatewayToken[]>(listTokens(person, space.space_id)),
          settled<AuditKeeping>(auditKeeping(person, space.space_id)),
        ]);
        const members = people?.ok ? people.value.members.map(({ user_id }) => user_id) : [];
        const callers = callerGroups(tokens.ok ? tokens.value : [], person.userId);
        const asked = { space, filter, members, callers };
        return (
          <Page
            title={isOwner ? texts.activity : texts.myActivity}
            lead={
              isOwner ? texts.whatPeopleAndPrograms(space.name) : texts.whatYouDidWithS(space.name)
            }
          >
            {page.ok ? (
              <Activity {...asked} page={page.value} keeping={keeping.ok ? keeping.value : null} />
            ) : page.problem.reason === "invalid_request" && filter.page ? (
              <ActivityFilterForm {...asked} isNoPage />
            ) : (
              <PageFault problem={page.problem} />
            )}
          </Page>
        );
      }}
    </InSpace>
  );
}
