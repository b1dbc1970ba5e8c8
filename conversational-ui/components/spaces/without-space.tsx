import { ChooseSpace } from "@/components/spaces/choose-space";
import { Invitations } from "@/components/spaces/invitations";
import { NewSpaceForm } from "@/components/spaces/new-space-form";
import * as texts from "@/components/spaces/texts";
import { Card, CardContent } from "@/components/ui/card";
import type { Invitation, Space } from "@/lib/api-types";
import type { SpacePage } from "@/lib/space-paths";

/** What whoever is in no space can do next: open one, accept an invitation, or make one. */
export function WithoutSpace({
  person,
  spaces,
  invitations,
  page,
}: {
  person: { userId: string };
  spaces: Space[];
  invitations: Invitation[];
  /** Of the space that they open. */
  page: SpacePage;
}) {
  return (
    <>
      {spaces.length > 0 && <ChooseSpace spaces={spaces} userId={person.userId} page={page} />}
      {invitations.length > 0 && <Invitations invitations={invitations} />}
      <Card>
        <CardContent>
          <NewSpaceForm userId={person.userId} />
        </CardContent>
      </Card>
      {spaces.length === 0 && (
        <p className="text-sm text-ink-soft">{texts.whatComesNextYouConnect}</p>
      )}
      <p className="text-sm text-ink-soft">
        {texts.somebodyElseHas(
          <code className="rounded bg-hover px-1.5 py-0.5 font-mono text-xs text-ink">
            {person.userId}
          </code>,
        )}
      </p>
    </>
  );
}
