import { ConnectionDays } from "@/components/notion/connection-days";
import { GrantsCard } from "@/components/notion/grants-card";
import { NotionIntegration } from "@/components/notion/notion-integration";
import * as texts from "@/components/notion/texts";
import type { NotionStatus, Space, SpaceConnections } from "@/lib/api-types";
import type { Changes } from "@/lib/connection-days";
import { connectionWords } from "@/lib/grants";
import type { Person } from "@/lib/server/session";

/**
 * The space's connection, beside it the person's own where the space has such, and whose are used.
 * The one that this person acts with comes first.
 */
export function Connections({
  space,
  person,
  now,
  changes,
}: {
  space: Space;
  person: Person;
  now: SpaceConnections;
  /** Of the space's connection; null where there are none, or they cannot be read. */
  changes: Changes | null;
}) {
  const { grants, shared, personal } = now;
  const { choice, serves_you } = grants;
  const card = (title: string, status: NotionStatus) => (
    <NotionIntegration
      key={`${space.space_id} ${status.grant}`}
      title={title}
      space={space}
      status={status}
      now={now}
      days={
        status.grant === "shared" &&
        changes && <ConnectionDays changes={changes} now={new Date().toISOString()} />
      }
      words={connectionWords(choice, status, space.name, person.userId)}
    />
  );
  const team = card(personal ? texts.teamsConnection : texts.notion, shared);
  const own = personal && card(texts.yours, personal);
  return (
    <>
      {serves_you === "personal" ? own : team}
      {serves_you === "personal" ? team : own}
      <GrantsCard space={space} grants={grants} />
    </>
  );
}
