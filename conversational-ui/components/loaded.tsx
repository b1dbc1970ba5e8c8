"use client";

import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { Fault } from "@/components/fault";
import * as texts from "@/components/opened-texts";
import { Button, Spinner } from "@/components/ui/button";
import type { Loaded } from "@/lib/use-loaded";

/** What is on its way, what went wrong with the way to try again, or what came. */
export function WhenLoaded<T>({
  loaded,
  again,
  waiting,
  children,
}: {
  loaded: Loaded<T>;
  again: () => void;
  /** Said while nothing has come yet. */
  waiting: string;
  children: (value: T) => ReactNode;
}) {
  if (loaded.state === "ready") return children(loaded.value);
  if (loaded.state === "loading") {
    return (
      <p className="flex items-center gap-2.5 py-6 text-sm text-ink-soft" role="status">
        <Spinner /> {waiting}
      </p>
    );
  }
  return (
    <Fault
      problem={loaded.problem}
      className="my-3"
      actions={
        <Button variant="outline" size="sm" onClick={again}>
          <RotateCw aria-hidden="true" />
          {texts.tryAgain}
        </Button>
      }
    />
  );
}
