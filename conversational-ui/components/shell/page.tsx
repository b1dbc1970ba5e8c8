import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** A page with a heading, as wide as reading wants it. */
export function Page({
  title,
  lead,
  actions,
  children,
  className,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn("mx-auto w-full max-w-3xl px-5 py-8 sm:px-8 sm:py-12", className)}>
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0 max-w-xl">
          <h1 className="text-2xl font-semibold tracking-tight break-words">{title}</h1>
          {lead && <p className="mt-1.5 text-ink-soft">{lead}</p>}
        </div>
        {actions && <div className="flex shrink-0 gap-2">{actions}</div>}
      </div>
      <div className="mt-8 flex flex-col gap-6">{children}</div>
    </div>
  );
}
