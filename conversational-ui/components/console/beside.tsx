"use client";

import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

/** A list, and beside it what was chosen; on a phone one of the two. */
export function Beside({
  all,
  list,
  chosen,
  nothing,
  onBack,
  below,
}: {
  /** "All tools": the way back to the list. */
  all: string;
  list: ReactNode;
  /** Null: nothing is chosen. */
  chosen: ReactNode | null;
  /** What stands in its place then. */
  nothing: string;
  onBack: () => void;
  below?: ReactNode;
}) {
  return (
    <div className="mt-6 grid grid-cols-1 gap-6 lg:grid-cols-[19rem_minmax(0,1fr)]">
      <div className={cn("flex-col gap-3", chosen ? "hidden lg:flex" : "flex")}>{list}</div>
      <div className={cn("min-w-0 flex-col gap-6", chosen ? "flex" : "hidden lg:flex")}>
        {chosen ? (
          <>
            <Button
              variant="ghost"
              size="sm"
              className="-ml-2 self-start lg:hidden"
              onClick={onBack}
            >
              <ArrowLeft aria-hidden="true" />
              {all}
            </Button>
            {chosen}
          </>
        ) : (
          <p className="rounded-xl border border-dashed border-line-strong px-6 py-14 text-center text-sm text-ink-soft">
            {nothing}
          </p>
        )}
      </div>
      {below && <div className="lg:col-start-2">{below}</div>}
    </div>
  );
}
