import { Wrench } from "lucide-react";
import { FirstStepsWithoutChat } from "@/components/console/first-steps-without-chat";
import { PageLink } from "@/components/shell/going";
import { Page } from "@/components/shell/page";
import { Button } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import { spacePath } from "@/lib/space-paths";

/** In the chat's place, where there is no model to talk to. */
export function NoModel({
  person,
  space,
  isMisconfigured,
}: {
  person: { userId: string };
  space: Space;
  isMisconfigured: boolean;
}) {
  return (
    <Page
      title="Chat"
      lead={
        isMisconfigured
          ? "The model is not set up completely, so there is no chat; this site's log says what is missing."
          : "No model is set up, so there is no chat. Whoever runs this site can set one up."
      }
    >
      <div className="flex flex-col items-start gap-3">
        <p>Notion's tools work all the same: choose one, fill in its form, run it.</p>
        <Button asChild>
          <PageLink href={spacePath(space.space_id, "tools")} name="Tools">
            <Wrench aria-hidden="true" />
            Open the tools
          </PageLink>
        </Button>
      </div>
      <FirstStepsWithoutChat person={person} space={space} />
    </Page>
  );
}
