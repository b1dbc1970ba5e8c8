import { ChevronLeft, ChevronRight } from "lucide-react";
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
      aria-label={`Versions of this ${what}`}
    >
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={`The ${what} before`}
        disabled={disabled || before === undefined}
        onClick={() => before && onChoose(before)}
      >
        <ChevronLeft aria-hidden="true" />
      </Button>
      <span aria-live="polite">
        {at + 1} of {ids.length}
      </span>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={`The next ${what}`}
        disabled={disabled || next === undefined}
        onClick={() => next && onChoose(next)}
      >
        <ChevronRight aria-hidden="true" />
      </Button>
    </fieldset>
  );
}
