"use client";

import { ConnectionIcon } from "@/components/notion/status-badge";
import * as texts from "@/components/notion/texts";
import { useConnection } from "@/components/notion/use-connection";

/** Whether the person can use the space's Notion just now, wherever there is little room. */
export function ConnectionMark({ spaceId }: { spaceId: string }) {
  const { view } = useConnection(spaceId);
  const words = texts.notionNamed(view.label);
  return (
    <span
      role="img"
      aria-label={words}
      title={words}
      data-state={view.state}
      className="inline-flex shrink-0"
    >
      <ConnectionIcon view={view} />
    </span>
  );
}
