import { ArrowUpRight } from "lucide-react";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import type { Space } from "@/lib/api-types";
import { SUGGESTIONS } from "@/lib/chat/suggestions";
import { spacePath } from "@/lib/space-paths";

export function EmptyState({
  space,
  connected,
  onChoose,
}: {
  space: Space;
  connected: boolean;
  onChoose: (text: string) => void;
}) {
  return (
    <div className="flex flex-col gap-6 pt-[8vh] sm:pt-[14vh]">
      <div>
        <h2 className="text-2xl font-semibold tracking-tight">
          What would you like to know about {space.name}'s Notion?
        </h2>
        <p className="mt-1.5 text-ink-soft">
          Pages are looked up as you ask. Nothing is changed without your approval.
        </p>
      </div>
      {connected ? (
        <ul className="grid gap-2 sm:grid-cols-2">
          {SUGGESTIONS.map(({ title, text }) => (
            <li key={text}>
              <button
                type="button"
                onClick={() => onChoose(text)}
                className="group flex h-full w-full items-start gap-3 rounded-xl border border-line bg-raised px-4 py-3 text-left text-sm transition-colors hover:border-line-strong hover:bg-hover/60"
              >
                <span className="min-w-0 flex-1">
                  <span className="block font-medium">{title}</span>
                  <span className="block text-ink-soft">{text}</span>
                </span>
                <ArrowUpRight
                  className="mt-0.5 size-4 shrink-0 text-ink-faint group-hover:text-ink"
                  aria-hidden="true"
                />
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <ReconnectCard
          space={space}
          problem={null}
          returnPath={spacePath(space.space_id, "chat")}
        />
      )}
    </div>
  );
}
