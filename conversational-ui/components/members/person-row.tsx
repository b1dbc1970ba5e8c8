import type { ReactNode } from "react";

/** Who is no member, or may become one: since when, by whom, and what can be done about it. */
export function PersonRow({
  name,
  since,
  children,
}: {
  name: string;
  since: ReactNode;
  children: ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3.5 last:border-0">
      <div className="min-w-0 flex-1 basis-40">
        <p className="truncate text-sm font-medium">{name}</p>
        <p className="text-[0.8125rem] text-ink-soft">{since}</p>
      </div>
      {children}
    </li>
  );
}
