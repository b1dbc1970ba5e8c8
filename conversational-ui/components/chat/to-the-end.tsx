import { ArrowDown } from "lucide-react";
import * as texts from "@/components/chat/texts";

/** Over a conversation that is looked at further up. */
export function ToTheEnd({ onClick }: { onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={texts.scrollToTheEnd}
      onClick={onClick}
      className="absolute bottom-3 left-1/2 grid size-9 -translate-x-1/2 place-items-center rounded-full border border-line bg-raised text-ink-soft shadow-lift hover:text-ink"
    >
      <ArrowDown className="size-4" aria-hidden="true" />
    </button>
  );
}
