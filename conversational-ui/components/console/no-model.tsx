import { Wrench } from "lucide-react";
import { FirstStepsWithoutChat } from "@/components/console/first-steps-without-chat";
import * as texts from "@/components/console/texts";
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
    <Page title={texts.chat} lead={isMisconfigured ? texts.theModelIsNotSet : texts.noModelIsSetUp}>
      <div className="flex flex-col items-start gap-3">
        <p>{texts.notionsToolsWork}</p>
        <Button asChild>
          <PageLink href={spacePath(space.space_id, "tools")} name={texts.tools}>
            <Wrench aria-hidden="true" />
            {texts.openTheTools}
          </PageLink>
        </Button>
      </div>
      <FirstStepsWithoutChat person={person} space={space} />
    </Page>
  );
}
