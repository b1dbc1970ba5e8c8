"use client";

import { isToolUIPart, type UIMessage } from "ai";
import { RotateCw } from "lucide-react";
import { lazy, memo, Suspense, use, useMemo } from "react";
import { Citations } from "@/components/chat/citations";
import { IsAwaited } from "@/components/chat/first-view";
import { Question } from "@/components/chat/question";
import { SourceChips } from "@/components/chat/source-chips";
import * as texts from "@/components/chat/texts";
import { TokensUsed } from "@/components/chat/tokens-used";
import { type Decision, ToolCard } from "@/components/chat/tool-card";
import { VersionSwitch } from "@/components/chat/version-switch";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { endOf, HOW_IT_ENDED, mayHaveBegun } from "@/lib/chat/answer-end";
import { leftOutWords } from "@/lib/chat/newest-turns";
import { type Named, numbered, sourcesOf } from "@/lib/chat/sources";
import { viewOf } from "@/lib/chat/tool-state";
import type { Versions } from "@/lib/chat/versions";

/**
 * The largest part of the page, and of no use before an answer comes. Rendered on the server, too:
 * next/dynamic would name chunks there to load early that the build does not have.
 */
const Markdown = lazy(() => import("@/components/chat/markdown"));

export interface MessageProps {
  message: UIMessage;
  /** Pages that tools have named before it. */
  earlier?: Named | undefined;
  /** More of it is coming. */
  live: boolean;
  /** More of some answer is coming. */
  busy: boolean;
  versions: Versions | undefined;
  onVersion: (id: string) => void;
  onDecide: (decision: Decision) => void;
  /** The question is asked again, in these words. */
  onAsk: (id: string, text: string) => void;
  /** The answer is written again. */
  onAnswerAgain: (id: string) => void;
  /** A call that has failed is run again; absent where nothing can go on from it. */
  onRerun: ((toolCallId: string) => void) | undefined;
}

export const Message = memo(function Message(props: MessageProps) {
  const { message, busy, versions, onVersion, onAsk } = props;
  return message.role === "user" ? (
    <Question
      text={textOf(message)}
      busy={busy}
      versions={versions}
      onVersion={onVersion}
      onAsk={(text) => onAsk(message.id, text)}
    />
  ) : (
    <Answer {...props} />
  );
});

function Answer({
  message,
  earlier,
  live,
  busy,
  versions,
  onVersion,
  onDecide,
  onAnswerAgain,
  onRerun,
}: MessageProps) {
  const text = textOf(message);
  const end = endOf(message);
  const hasBegun = mayHaveBegun(message);
  const leftOut = leftOutWords(message);
  const next = message.parts.find(
    (part) => isToolUIPart(part) && part.state === "approval-requested",
  );
  const asking = next !== undefined;
  const isFirstView = use(IsAwaited);
  const isWhole = !live && !asking && end === "complete";
  const sources = useMemo(
    () => (isWhole ? sourcesOf(message, earlier) : []),
    [isWhole, message, earlier],
  );
  const numbers = useMemo(() => numbered(sources), [sources]);
  return (
    <div className="group/answer min-w-0">
      <span className="sr-only">{texts.assistant}</span>
      {leftOut && <p className="mb-2 text-sm text-ink-soft">{leftOut}</p>}
      <Citations value={numbers}>
        {message.parts.map((part, index) => {
          if (part.type === "text") {
            if (!part.text) return null;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts are only ever appended
              <Suspense key={index} fallback={null}>
                <Markdown text={part.text} live={live} />
              </Suspense>
            );
          }
          if (!isToolUIPart(part)) return null;
          // Some models number their calls, as texts are numbered here.
          return (
            <ToolCard
              key={`call ${part.toolCallId}`}
              view={viewOf(part, live, hasBegun)}
              isNext={part === next && !isFirstView}
              onDecide={onDecide}
              onRerun={busy || !onRerun ? undefined : () => onRerun(part.toolCallId)}
            />
          );
        })}
      </Citations>
      {!live && !asking && end !== "complete" && (
        <p className="mt-2 text-sm text-ink-soft">{HOW_IT_ENDED[end]}</p>
      )}
      <SourceChips sources={sources} isNumbered />
      {!live && !asking && (
        <div className="mt-1.5 -ml-2.5 flex flex-wrap items-center text-ink-soft">
          {end === "complete" && text && (
            <CopyButton
              text={text}
              variant="ghost"
              aria-label={texts.copyAnswer}
              title={texts.asMarkdown}
            />
          )}
          {end === "complete" && (
            <Button
              variant="ghost"
              size="sm"
              disabled={busy}
              onClick={() => onAnswerAgain(message.id)}
            >
              <RotateCw aria-hidden="true" />
              {texts.writeAgain}
            </Button>
          )}
          {versions && (
            <VersionSwitch versions={versions} what="answer" disabled={busy} onChoose={onVersion} />
          )}
          <TokensUsed message={message} />
        </div>
      )}
    </div>
  );
}

const textOf = ({ parts }: UIMessage): string =>
  parts
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n\n")
    .trim();
