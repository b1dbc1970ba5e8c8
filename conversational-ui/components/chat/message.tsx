"use client";

import { isToolUIPart, type UIMessage } from "ai";
import dynamic from "next/dynamic";
import { memo } from "react";
import { SourceChips } from "@/components/chat/source-chips";
import { type Decision, ToolCard } from "@/components/chat/tool-card";
import { CopyButton } from "@/components/ui/copy-button";
import { type AnswerEnd, endOf } from "@/lib/chat/answer-end";
import { sourcesOf } from "@/lib/chat/sources";
import { viewOf } from "@/lib/chat/tool-state";

const HOW_IT_ENDED: Record<Exclude<AnswerEnd, "complete">, string> = {
  stopped: "You stopped this answer.",
  cut: "This answer broke off.",
  too_long: "The model stopped here: its answer got too long.",
};

/** The largest part of the page, and of no use before an answer comes. */
const Markdown = dynamic(() => import("@/components/chat/markdown"), { ssr: false });

export const Message = memo(function Message({
  message,
  live,
  onDecide,
}: {
  message: UIMessage;
  /** More of it is coming. */
  live: boolean;
  onDecide: (decision: Decision) => void;
}) {
  return message.role === "user" ? (
    <div className="flex justify-end">
      <div className="max-w-[85%] rounded-2xl rounded-br-md bg-hover px-4 py-2.5 break-words whitespace-pre-wrap">
        <span className="sr-only">You: </span>
        {textOf(message)}
      </div>
    </div>
  ) : (
    <Answer message={message} live={live} onDecide={onDecide} />
  );
});

function Answer({
  message,
  live,
  onDecide,
}: {
  message: UIMessage;
  live: boolean;
  onDecide: (decision: Decision) => void;
}) {
  const text = textOf(message);
  const end = endOf(message);
  const asking = message.parts.some(
    (part) => isToolUIPart(part) && part.state === "approval-requested",
  );
  return (
    <div className="group/answer min-w-0">
      <span className="sr-only">Assistant: </span>
      {message.parts.map((part, index) => {
        if (part.type === "text") {
          // biome-ignore lint/suspicious/noArrayIndexKey: parts are only ever appended
          return part.text && <Markdown key={index} text={part.text} live={live} />;
        }
        if (!isToolUIPart(part)) return null;
        return <ToolCard key={part.toolCallId} view={viewOf(part, live)} onDecide={onDecide} />;
      })}
      {!live && !asking && end !== "complete" && (
        <p className="mt-2 text-sm text-ink-soft">{HOW_IT_ENDED[end]}</p>
      )}
      {!live && !asking && end === "complete" && (
        <>
          <SourceChips sources={sourcesOf(message)} />
          {text && (
            <CopyButton
              text={text}
              variant="ghost"
              aria-label="Copy answer"
              className="mt-1.5 -ml-2.5 text-ink-soft"
            />
          )}
        </>
      )}
    </div>
  );
}

const textOf = ({ parts }: UIMessage): string =>
  parts
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n\n")
    .trim();
