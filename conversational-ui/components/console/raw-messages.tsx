"use client";

import { useState } from "react";
import { JsonBlock } from "@/components/chat/json-block";
import * as texts from "@/components/console/opened-texts";
import { CopyButton } from "@/components/ui/copy-button";
import type { RawMessage } from "@/lib/chat/tool";
import { asCommand, asCurl } from "@/lib/console/call-lines";
import type { FinishedCall } from "@/lib/console/calls";

/** What went to Notion's MCP server and what came back, message by message. */
export function RawMessages({ messages }: { messages: RawMessage[] }) {
  // Not before they are looked at: with a result of megabytes they are megabytes again.
  const [isOpen, setIsOpen] = useState(false);
  if (messages.length === 0) return null;
  return (
    <details className="text-sm" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary className="w-fit text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
        {texts.rawMessages(messages.length)}
      </summary>
      {isOpen && (
        <ol className="mt-3 flex flex-col gap-2.5">
          {messages.map(({ direction, message }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they are in order, and none comes between
            <li key={at}>
              <JsonBlock label={labelOf(direction, message)} value={message} />
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}

function labelOf(direction: RawMessage["direction"], message: unknown): string {
  const { method, error } = (message ?? {}) as { method?: unknown; error?: unknown };
  const way = direction === "sent" ? texts.sent : texts.received;
  if (typeof method === "string") return `${way}: ${method.slice(0, 60)}`;
  return `${way}: ${error === undefined ? "result" : "error"}`;
}

/** The same call for a shell. A token stands in neither: both read it from the environment. */
export function CallLines({
  call,
  gatewayUrl,
  spaceId,
}: {
  call: FinishedCall;
  gatewayUrl: string;
  spaceId: string;
}) {
  return (
    <>
      <CopyButton text={asCurl(gatewayUrl, spaceId, call)} label={texts.copyAsCurl} />
      <CopyButton text={asCommand(gatewayUrl, spaceId, call)} label={texts.copyAsCommand} />
    </>
  );
}
