import { ChevronDown, ListFilter } from "lucide-react";
import * as texts from "@/components/activity/texts";
import { PageLink } from "@/components/shell/going";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/input";
import { type ActivityFilter, isFiltered, queryOf, REFUSALS } from "@/lib/activity";
import type { Space } from "@/lib/api-types";
import { type CallerGroup, callerNames } from "@/lib/callers";
import { spacePath } from "@/lib/space-paths";

/**
 * Leads to the same page with other questions in its address, so that it can be passed on. On a
 * phone it is folded, so that calls come first; where there is room it is open, without a script.
 */
export function ActivityFilterForm({
  space,
  filter,
  members,
  callers,
  isNoPage = false,
}: {
  space: Space;
  filter: ActivityFilter;
  members: readonly string[];
  callers: readonly CallerGroup[];
  /** What stands there for a page names none. */
  isNoPage?: boolean;
}) {
  const isOwner = space.role === "owner";
  const here = spacePath(space.space_id, "activity");
  return (
    <Card>
      <details
        key={`${new URLSearchParams(queryOf(filter))}`}
        open={isNoPage}
        className="group sm:[&::details-content]:[content-visibility:visible]"
      >
        <summary className="flex cursor-pointer list-none items-center gap-2 px-5 py-3.5 text-sm font-medium supports-[selector(::details-content)]:sm:hidden [&::-webkit-details-marker]:hidden">
          <ListFilter className="size-4 text-ink-soft" aria-hidden="true" />
          {isFiltered(filter) ? texts.filterInUse : texts.filter}
          <ChevronDown
            className="ml-auto size-4 text-ink-soft transition-transform group-open:rotate-180"
            aria-hidden="true"
          />
        </summary>
        <form action={here} className="grid gap-4 px-5 pt-1 pb-5 sm:grid-cols-2 sm:pt-5">
          {isOwner && (
            <Field id="user" label={texts.person}>
              <Input
                id="user"
                name="user"
                list="members"
                autoComplete="off"
                defaultValue={filter.user}
                placeholder={texts.accountName}
              />
              <datalist id="members">
                {members.map((one) => (
                  <option key={one} value={one} />
                ))}
              </datalist>
            </Field>
          )}
          <Field id="token" label={texts.tokenClientOrMachine}>
            <Select id="token" name="token" defaultValue={filter.token}>
              <option value="">{texts.anyOrNone}</option>
              {filter.token !== "" && !callerNames(callers).has(filter.token) && (
                <option value={filter.token}>{texts.notListedAnyMore(filter.token)}</option>
              )}
              {callers.map((group) => (
                <optgroup key={group.title} label={group.title}>
                  {group.callers.map(({ id, label }) => (
                    <option key={id} value={id}>
                      {label}
                    </option>
                  ))}
                </optgroup>
              ))}
            </Select>
          </Field>
          <Field id="tool" label={texts.tool}>
            <Input
              id="tool"
              name="tool"
              defaultValue={filter.tool}
              placeholder={texts.notionUpdatePage}
              spellCheck={false}
            />
          </Field>
          <Field
            id="page"
            label={texts.pageInNotion}
            error={isNoPage ? texts.thisIsNeitherAnAddress : undefined}
          >
            <Input
              id="page"
              name="page"
              aria-invalid={isNoPage}
              aria-describedby={isNoPage ? "page-error" : undefined}
              defaultValue={filter.page}
              placeholder={texts.itsAddressOrId}
              spellCheck={false}
            />
          </Field>
          <Field id="writing" label={texts.calls}>
            <Select id="writing" name="writing" defaultValue={filter.writing}>
              <option value="">{texts.thatReadOrWrite}</option>
              <option value="true">{texts.thatMayChangeSomething}</option>
            </Select>
          </Field>
          <Field id="outcome" label={texts.ended}>
            <Select id="outcome" name="outcome" defaultValue={filter.outcome}>
              <option value="">{texts.inAnyWay}</option>
              <option value="answered">{texts.withAnAnswerOrRefused}</option>
              <option value="client_left">{texts.theCallerLeftBefore}</option>
              <option value="aborted_upstream">{texts.notionBrokeOff}</option>
              <option value="access_ended">{texts.theCallersAccess}</option>
              <option value="stopped">{texts.theGatewayWasStopped}</option>
            </Select>
          </Field>
          <Field id="reason" label={texts.refusedBecause}>
            <Select id="reason" name="reason" defaultValue={filter.reason}>
              <option value="">{texts.anyOrNotRefused}</option>
              {filter.reason !== "" && !Object.hasOwn(REFUSALS, filter.reason) && (
                <option value={filter.reason}>{filter.reason}</option>
              )}
              {Object.entries(REFUSALS).map(([reason, words]) => (
                <option key={reason} value={reason}>
                  {words}
                </option>
              ))}
            </Select>
          </Field>
          <Field id="grant" label={texts.connection}>
            <Select id="grant" name="grant" defaultValue={filter.grant}>
              <option value="">{texts.anyIt}</option>
              <option value="shared">{texts.theTeams}</option>
              <option value="personal">{isOwner ? texts.aMembersOwn : texts.yourOwn}</option>
            </Select>
          </Field>
          <div className="grid gap-4 sm:col-span-2 sm:grid-cols-2">
            <Field id="since" label={texts.from} hint={texts.daysAreThoseOfUtc}>
              <Input
                id="since"
                name="since"
                type="date"
                aria-describedby="since-hint"
                defaultValue={filter.since}
              />
            </Field>
            <Field id="until" label={texts.to}>
              <Input id="until" name="until" type="date" defaultValue={filter.until} />
            </Field>
          </div>
          <div className="flex items-center gap-2 sm:col-span-2">
            <Button type="submit" variant="outline">
              {texts.show}
            </Button>
            {isFiltered(filter) && (
              <Button asChild variant="ghost">
                <PageLink href={here} name={texts.activity}>
                  {texts.showAll}
                </PageLink>
              </Button>
            )}
          </div>
        </form>
      </details>
    </Card>
  );
}
