import { PageFault } from "@/components/fault";
import { GrantsCard } from "@/components/notion/grants-card";
import { NotionIntegration } from "@/components/notion/notion-integration";
import type { Grants, NotionStatus, Space, Whose } from "@/lib/api-types";
import { connectionWords } from "@/lib/grants";
import { settled } from "@/lib/server/gateway";
import { notionGrants, notionStatus } from "@/lib/server/notion";
import type { Person } from "@/lib/server/session";
import { lastVerification } from "@/lib/server/verifications";

/**
 * The space's connection, beside it the person's own where the space has such, and whose are used.
 * The one that this person acts with comes first.
 */
export async function Connections({
  space,
  person,
  shared,
}: {
  space: Space;
  person: Person;
  shared: NotionStatus;
}) {
  const grants = await settled<Grants>(notionGrants(person, space.space_id));
  if (!grants.ok) return <PageFault problem={grants.problem} />;
  const { choice, serves_you } = grants.value;
  const card = (title: string, status: NotionStatus) => (
    <NotionIntegration
      key={`${space.space_id} ${status.grant}`}
      title={title}
      space={space}
      status={status}
      words={connectionWords(choice, status, space.name, person.userId)}
      serves={status.grant === serves_you}
      last={lastVerification(space.space_id, status.grant, person)}
    />
  );
  if (choice.mode === "shared") {
    return (
      <>
        {card("Notion", shared)}
        <GrantsCard space={space} grants={grants.value} />
      </>
    );
  }
  const own = await settled<NotionStatus>(notionStatus(person, space.space_id, "personal"));
  const cards: Record<Whose, React.ReactNode> = {
    shared: card("Team's connection", shared),
    personal: own.ok ? card("Yours", own.value) : <PageFault problem={own.problem} />,
  };
  return (
    <>
      {serves_you === "shared" ? cards.shared : cards.personal}
      {serves_you === "shared" ? cards.personal : cards.shared}
      <GrantsCard space={space} grants={grants.value} />
    </>
  );
}
