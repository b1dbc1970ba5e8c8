"use client";

import { Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import * as texts from "@/components/console/texts";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/cn";

export interface Pick {
  id: string;
  title: string;
  /** What is looked through besides the title. */
  words: string;
  marks: ReactNode;
}

/** A list to choose one from, filtered while typing. */
export function Picker({
  what,
  picks,
  chosen,
  onChoose,
}: {
  /** In the plural, as a title: "Tools". */
  what: string;
  picks: Pick[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const shown = picks.filter(({ title, words }) =>
    `${title} ${words}`.toLowerCase().includes(wanted),
  );
  const plural = what.toLowerCase();
  return (
    <nav aria-label={what}>
      <div className="relative">
        <Search
          className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-faint"
          aria-hidden="true"
        />
        <Input
          type="search"
          aria-label={texts.filter(plural)}
          placeholder={texts.filterCount(picks.length, plural)}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="pl-9"
        />
      </div>
      <ul className="mt-2 flex flex-col gap-0.5 lg:max-h-[calc(100dvh-19rem)] lg:overflow-y-auto lg:pr-1">
        {shown.map(({ id, title, marks }) => (
          <li key={id}>
            <button
              type="button"
              aria-current={id === chosen || undefined}
              onClick={() => onChoose(id)}
              className={cn(
                "flex w-full items-center gap-2 rounded-lg px-3 py-2 text-left text-sm transition-colors hover:bg-hover",
                id === chosen && "bg-hover font-medium",
              )}
            >
              <span className="min-w-0 flex-1 wrap-anywhere">{title}</span>
              {marks}
            </button>
          </li>
        ))}
      </ul>
      {shown.length === 0 && (
        <p className="px-3 py-6 text-center text-sm text-ink-soft">
          {texts.nothingAmongMatches(plural)}
        </p>
      )}
    </nav>
  );
}
