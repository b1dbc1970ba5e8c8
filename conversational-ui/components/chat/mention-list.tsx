import { Database, FileText } from "lucide-react";
import { useEffect, useRef } from "react";
import * as texts from "@/components/chat/opened-texts";
import type { Mentions } from "@/components/chat/use-mentions";
import { FaultLine } from "@/components/fault";
import { cn } from "@/lib/cn";

/** The pages that can be mentioned, above the field. The focus stays in the field. */
export default function MentionList({ mentions }: { mentions: Mentions }) {
  const { pages, active, listId, optionId, choose, words, problem, again } = mentions;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div className="absolute inset-x-0 bottom-full z-20 mb-2 overflow-hidden rounded-xl border border-line bg-raised shadow-lift">
      {pages.length > 0 && (
        <div
          ref={list}
          id={listId}
          role="listbox"
          aria-label={texts.pages}
          className="max-h-[min(18rem,40dvh)] overflow-y-auto p-1"
        >
          {pages.map((page, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which has the focus
            <div
              key={page.url}
              id={optionId(index)}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(page)}
              className={cn(
                "flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-2 text-sm hover:bg-hover",
                index === active && "bg-hover",
              )}
            >
              {page.isDatabase ? (
                <Database className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
              ) : (
                <FileText className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
              )}
              <span className="min-w-0 flex-1">
                <span dir="auto" className="block truncate font-medium">
                  {page.title}
                </span>
                {page.path && (
                  <span dir="auto" className="block truncate text-xs text-ink-soft">
                    {page.path}
                  </span>
                )}
              </span>
            </div>
          ))}
        </div>
      )}
      {problem ? (
        <FaultLine problem={problem} onAgain={again} className="px-3.5 py-2" />
      ) : (
        // What is said by the field's own status.
        <p
          aria-hidden="true"
          className={cn(
            "px-3.5 py-2 text-[0.8125rem] text-ink-soft",
            pages.length > 0 && "border-t border-line",
          )}
        >
          {words}
        </p>
      )}
    </div>
  );
}
