import type { ReactNode } from "react";
import { PageFault } from "@/components/fault";
import { Page } from "@/components/shell/page";
import { ChooseSpace } from "@/components/spaces/choose-space";
import { Invitations } from "@/components/spaces/invitations";
import { NewSpaceForm } from "@/components/spaces/new-space-form";
import { Card, CardContent } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import { place } from "@/lib/server/current-space";
import type { Person } from "@/lib/server/session";

/** A page about the current space; says what to do where there is none, or nobody can say. */
export async function InSpace({
  title,
  children,
}: {
  title: string;
  children: (space: Space, person: Person) => ReactNode | Promise<ReactNode>;
}) {
  const here = await place();
  switch (here.kind) {
    case "space":
      return children(here.space, here.person);
    case "no_space":
      return (
        <Page
          title={here.spaces.length > 0 ? "Choose a space" : "Create your first space"}
          lead="A space is a team's area. Connect it to Notion once, and all its members can work with it."
        >
          {here.spaces.length > 0 && (
            <ChooseSpace spaces={here.spaces} userId={here.person.userId} />
          )}
          {here.invitations.length > 0 && <Invitations invitations={here.invitations} />}
          <Card>
            <CardContent>
              <NewSpaceForm userId={here.person.userId} />
            </CardContent>
          </Card>
          <p className="text-sm text-ink-soft">
            Somebody else has one already? Ask its owner to invite you: your user id is{" "}
            <code className="rounded bg-hover px-1.5 py-0.5 font-mono text-xs text-ink">
              {here.person.userId}
            </code>
            .
          </p>
        </Page>
      );
    case "fault":
      return (
        <Page title={title}>
          <PageFault problem={here.problem} />
        </Page>
      );
  }
}
