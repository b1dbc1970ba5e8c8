"use client";

import { FileText } from "lucide-react";
import { useState } from "react";
import * as texts from "@/components/chat/texts";
import type { Source } from "@/lib/chat/sources";

const FEW = 5;

/** Notion's pages. ``sources`` are checked where they are made. */
export function SourceChips({
  sources,
  isNumbered = false,
}: {
  sources: Source[];
  /** A text refers to them by number. */
  isNumbered?: boolean;
}) {
  const [all, setAll] = useState(false);
  if (sources.length === 0) return null;
  const shown = all ? sources : sources.slice(0, FEW);
  return (
    <ul aria-label={texts.sources} className="mt-3 flex flex-wrap gap-1.5">
      {shown.map(({ title, url }, index) => (
        <li key={url} className="max-w-full">
          <a
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            className="inline-flex max-w-64 items-center gap-1.5 rounded-full border border-line bg-raised px-2.5 py-1 text-[0.8125rem] text-ink-soft transition-colors hover:border-line-strong hover:text-ink"
          >
            {isNumbered && (
              <span className="font-medium tabular-nums">
                <span className="sr-only">{texts.source}</span>
                {index + 1}
              </span>
            )}
            <FileText className="size-3.5 shrink-0" aria-hidden="true" />
            <span dir="auto" className="truncate">
              {title}
            </span>
            <span className="sr-only">{texts.inNotionNewTab}</span>
          </a>
        </li>
      ))}
      {sources.length > FEW && (
        <li>
          <button
            type="button"
            aria-expanded={all}
            onClick={() => setAll(!all)}
            className="rounded-full px-2.5 py-1.25 text-[0.8125rem] text-ink-soft hover:bg-hover hover:text-ink"
          >
            {all ? texts.showFewer : texts.more(sources.length - FEW)}
          </button>
        </li>
      )}
    </ul>
  );
}
