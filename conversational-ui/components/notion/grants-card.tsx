import { GrantsButton } from "@/components/notion/grants-button";
import * as texts from "@/components/notion/texts";
import { Time } from "@/components/time";
import { Card } from "@/components/ui/card";
import type { Grants, Space } from "@/lib/api-types";
import { MODE_WORDS, serviceWords } from "@/lib/grants";

/** With whose connections people act in the space: told to all, chosen by owners. */
export function GrantsCard({ space, grants }: { space: Space; grants: Grants }) {
  const { choice } = grants;
  const { title, text } = MODE_WORDS[choice.mode];
  return (
    <Card aria-labelledby="grants-title" className="flex flex-wrap items-start gap-x-4 gap-y-3 p-5">
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <h2 id="grants-title" className="text-base font-semibold">
          {texts.whoseNotionIsUsed}
        </h2>
        <p className="mt-1 font-medium">{title}</p>
        <p className="text-ink-soft">
          {text}
          {choice.mode !== "shared" && ` ${serviceWords(choice)}`}
        </p>
        {choice.chosen_by && choice.chosen_at && (
          <p className="mt-1 text-[0.8125rem] break-words text-ink-soft">
            {texts.chosenBy(choice.chosen_by, <Time at={choice.chosen_at} />)}
          </p>
        )}
      </div>
      {space.role === "owner" && <GrantsButton space={space} grants={grants} />}
    </Card>
  );
}
