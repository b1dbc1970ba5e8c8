import { PageLink } from "@/components/shell/going";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/input";
import { type ActivityFilter, isFiltered, REFUSALS } from "@/lib/activity";
import type { Space } from "@/lib/api-types";
import { type CallerGroup, callerNames } from "@/lib/callers";
import { spacePath } from "@/lib/space-paths";

/** Leads to the same page with other questions in its address, so that it can be passed on. */
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
      <form action={here} className="grid gap-4 px-5 py-5 sm:grid-cols-2">
        {isOwner && (
          <Field id="user" label="Person">
            <Input
              id="user"
              name="user"
              list="members"
              autoComplete="off"
              defaultValue={filter.user}
              placeholder="Account name"
            />
            <datalist id="members">
              {members.map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          </Field>
        )}
        <Field id="token" label="Token, client or machine">
          <Select id="token" name="token" defaultValue={filter.token}>
            <option value="">any, or none</option>
            {filter.token !== "" && !callerNames(callers).has(filter.token) && (
              <option value={filter.token}>{filter.token}, not listed any more</option>
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
        <Field id="tool" label="Tool">
          <Input
            id="tool"
            name="tool"
            defaultValue={filter.tool}
            placeholder="notion-update-page"
            spellCheck={false}
          />
        </Field>
        <Field
          id="page"
          label="Page in Notion"
          error={isNoPage ? "This is neither an address nor an id of a page in Notion." : undefined}
        >
          <Input
            id="page"
            name="page"
            aria-invalid={isNoPage}
            aria-describedby={isNoPage ? "page-error" : undefined}
            defaultValue={filter.page}
            placeholder="Its address or id"
            spellCheck={false}
          />
        </Field>
        <Field id="writing" label="Calls">
          <Select id="writing" name="writing" defaultValue={filter.writing}>
            <option value="">that read or write</option>
            <option value="true">that may change something</option>
          </Select>
        </Field>
        <Field id="outcome" label="Ended">
          <Select id="outcome" name="outcome" defaultValue={filter.outcome}>
            <option value="">in any way</option>
            <option value="answered">with an answer, or refused</option>
            <option value="client_left">the caller left before</option>
            <option value="aborted_upstream">Notion broke off</option>
            <option value="access_ended">the caller's access ended</option>
            <option value="stopped">the gateway was stopped</option>
          </Select>
        </Field>
        <Field id="reason" label="Refused because">
          <Select id="reason" name="reason" defaultValue={filter.reason}>
            <option value="">any, or not refused</option>
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
        <Field id="grant" label="Connection">
          <Select id="grant" name="grant" defaultValue={filter.grant}>
            <option value="">any</option>
            <option value="shared">the team's</option>
            <option value="personal">{isOwner ? "a member's own" : "your own"}</option>
          </Select>
        </Field>
        <div className="grid gap-4 sm:col-span-2 sm:grid-cols-2">
          <Field id="since" label="From" hint="Days are those of UTC.">
            <Input
              id="since"
              name="since"
              type="date"
              aria-describedby="since-hint"
              defaultValue={filter.since}
            />
          </Field>
          <Field id="until" label="To">
            <Input id="until" name="until" type="date" defaultValue={filter.until} />
          </Field>
        </div>
        <div className="flex items-center gap-2 sm:col-span-2">
          <Button type="submit" variant="outline">
            Show
          </Button>
          {isFiltered(filter) && (
            <Button asChild variant="ghost">
              <PageLink href={here} name="Activity">
                Show all
              </PageLink>
            </Button>
          )}
        </div>
      </form>
    </Card>
  );
}
