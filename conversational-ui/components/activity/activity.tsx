import { ArrowRight, Download, ScrollText } from "lucide-react";
import { ActivityFilterForm } from "@/components/activity/activity-filter-form";
import { CallRow } from "@/components/activity/call-row";
import { RecordingButton } from "@/components/activity/recording-button";
import * as texts from "@/components/activity/texts";
import { PageLink } from "@/components/shell/going";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type ActivityFilter, isFiltered, queryOf, recordedWords } from "@/lib/activity";
import type { AuditKeeping, AuditPage, Space } from "@/lib/api-types";
import { type CallerGroup, callerNames } from "@/lib/callers";
import { askedPath, spaceApi } from "@/lib/space-paths";

/** What was called in the space: all of it for owners, for others their own. Without a script. */
export function Activity({
  space,
  page,
  filter,
  members,
  callers,
  keeping,
}: {
  space: Space;
  page: AuditPage;
  filter: ActivityFilter;
  /** Whom an owner may ask about. */
  members: readonly string[];
  /** The tokens, clients and machines that one may ask about. */
  callers: readonly CallerGroup[];
  keeping: AuditKeeping | null;
}) {
  const names = callerNames(callers);
  const isOwner = space.role === "owner";
  if (!page.is_kept && page.entries.length === 0 && !isFiltered(filter)) return <NotRecorded />;
  return (
    <>
      <ActivityFilterForm space={space} filter={filter} members={members} callers={callers} />
      <section aria-labelledby="calls-title">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <h2 id="calls-title" className="text-base font-semibold">
            {filter.before ? texts.earlierCalls : texts.calls}
          </h2>
          {isOwner && (
            <div className="flex flex-wrap gap-2">
              {keeping && (
                <RecordingButton space={space} keeping={keeping} contents={page.contents} />
              )}
              {page.entries.length > 0 && <Export space={space} filter={filter} />}
            </div>
          )}
        </div>
        {page.is_kept && (
          <p className="mt-1 text-[0.8125rem] text-ink-soft">
            {recordedWords(keeping, page.contents)}
          </p>
        )}
        {page.entries.length === 0 ? (
          <p className="mt-3 text-sm text-ink-soft">
            {isFiltered(filter)
              ? texts.noCallFitsThis
              : isOwner
                ? texts.nobodyHasCalled
                : texts.youHaveNotCalled}
          </p>
        ) : (
          <Card className="mt-3">
            <ul>
              {page.entries.map((entry) => (
                <CallRow
                  key={entry.number}
                  entry={entry}
                  caller={names.get(entry.token)}
                  showsPerson={isOwner}
                />
              ))}
            </ul>
          </Card>
        )}
        <nav aria-label={texts.moreCalls} className="mt-4 flex justify-between gap-3 text-sm">
          {filter.before && (
            <Button asChild variant="outline" size="sm">
              <PageLink
                href={address(space, { ...filter, before: "" })}
                name={texts.theNewestCalls}
              >
                {texts.newest}
              </PageLink>
            </Button>
          )}
          {page.before && (
            <Button asChild variant="outline" size="sm" className="ml-auto">
              <PageLink
                href={address(space, { ...filter, before: page.before })}
                name={texts.earlierCalls2}
              >
                {texts.earlier}
                <ArrowRight aria-hidden="true" />
              </PageLink>
            </Button>
          )}
        </nav>
      </section>
    </>
  );
}

const address = ({ space_id }: Space, filter: ActivityFilter) =>
  askedPath(space_id, "activity", queryOf(filter));

function Export({ space, filter }: { space: Space; filter: ActivityFilter }) {
  const query = new URLSearchParams(queryOf({ ...filter, before: "" }));
  return (
    <Button asChild variant="outline" size="sm">
      <a href={spaceApi(space.space_id, `/audit?${query}`)} download>
        <Download aria-hidden="true" />
        {texts.exportIt}
      </a>
    </Button>
  );
}

function NotRecorded() {
  return (
    <Card className="flex flex-col items-center gap-3 px-6 py-12 text-center">
      <ScrollText className="size-6 text-ink-faint" aria-hidden="true" />
      <h2 className="text-base font-semibold">{texts.callsAreNotRecorded}</h2>
      <p className="max-w-sm text-sm text-ink-soft">
        {texts.whoeverRunsThis(<code>{texts.gatewayAudit1}</code>)}
      </p>
    </Card>
  );
}
