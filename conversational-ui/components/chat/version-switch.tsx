import { ChevronLeft, ChevronRight } from "lucide-react";
import * as texts from "@/components/chat/texts";
import { Button } from "@/components/ui/button";
import type { Versions } from "@/lib/chat/versions";

/** To the version before, and to the next. */
export function VersionSwitch({
  versions: { at, ids },
  what,
  disabled,
  onChoose,
}: {
  versions: Versions;
  /** "question" or "answer". */
  what: string;
  disabled: boolean;
  onChoose: (id: string) => void;
}) {
  const [before, next] = [ids[at - 1], ids[at + 1]];
  return (
    <fieldset
      className="flex items-center text-[0.8125rem] text-ink-soft"
      aria-label={texts.versionsOfThis(what)}
    >
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={texts.theBefore(what)}
        disabled={disabled || before === undefined}
        onClick={() => before && onChoose(before)}
      >
        <ChevronLeft aria-hidden="true" />
      </Button>
      <span aria-live="polite">{texts.ofItValue(at + 1, ids.length)}</span>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={texts.theNext(what)}
        disabled={disabled || next === undefined}
        onClick={() => next && onChoose(next)}
      >
        <ChevronRight aria-hidden="true" />
      </Button>
    </fieldset>
  );
}
