"use client";

import { useChat } from "@ai-sdk/react";
import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type UIMessage,
} from "ai";
import { ArrowDown, Play, RotateCw } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useStickToBottom } from "use-stick-to-bottom";
import { Composer } from "@/components/chat/composer";
import { EmptyState } from "@/components/chat/empty-state";
import { Message } from "@/components/chat/message";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import type { Decision } from "@/components/chat/tool-card";
import { useKeeping } from "@/components/chat/use-keeping";
import { PagesOf } from "@/components/chat/use-page";
import { Fault } from "@/components/fault";
import { Button, Spinner } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import { endOf, stopped } from "@/lib/chat/answer-end";
import type { Conversation as Kept, Owner } from "@/lib/chat/conversations";
import { failureOf, needsConsent } from "@/lib/chat/failures";
import { ended, retryable } from "@/lib/chat/interruption";
import { rememberPending, takePending } from "@/lib/chat/pending";
import { type ToolPolicy, withRule } from "@/lib/chat/tool-policy";
import { type ToolPart, viewOf } from "@/lib/chat/tool-state";
import type { Problem } from "@/lib/problems";
import { conversationPath, spaceApi } from "@/lib/space-paths";

const CONTINUE = "Go on from where you stopped.";

export interface ConversationProps {
  id: string;
  owner: Owner;
  space: Space;
  initial: Kept | null;
  policy: ToolPolicy;
  onPolicy: (policy: ToolPolicy) => void;
  onKept: (id: string, kept: { title: string; isNew: boolean }) => void;
  /** The first answer to it has begun, or was refused: this site can be reached. */
  onAnswered: ((id: string) => void) | undefined;
  onNotKept: (fault: unknown) => void;
  onNotSent: (problem: Problem) => void;
  /** False: nobody has connected the space yet. */
  connected: boolean;
}

export default function Conversation({
  id,
  owner,
  space,
  initial,
  policy,
  onPolicy,
  onKept,
  onNotKept,
  onNotSent,
  onAnswered,
  connected,
}: ConversationProps) {
  const spaceId = space.space_id;
  const field = useRef<HTMLTextAreaElement>(null);
  // A request is made when the transport is asked, with the rules of that moment.
  const rules = useRef(policy);
  rules.current = policy;
  // Nobody is told once another conversation is shown.
  const answered = useRef(() => {});
  useEffect(() => {
    answered.current = () => onAnswered?.(id);
    return () => {
      answered.current = () => {};
    };
  }, [id, onAnswered]);
  const transport = useMemo(
    () =>
      new DefaultChatTransport({
        api: spaceApi(spaceId, "/chat"),
        prepareSendMessagesRequest: ({ messages }) => ({
          body: { spaceName: space.name, policy: rules.current, messages },
        }),
        fetch: async (...asked) => {
          const answer = await fetch(...asked);
          answered.current();
          return answer;
        },
      }),
    [spaceId, space.name],
  );
  const chat = useChat({
    id,
    messages: initial?.messages ?? [],
    transport,
    throttle: 50,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  const { messages, status, setMessages, error, clearError } = chat;
  const live = status === "submitted" || status === "streaming";
  const [before, setBefore] = useState(initial?.problem ?? null);
  const problem = live ? null : error ? failureOf(error) : before;

  const { keep, elsewhere } = useKeeping({
    owner,
    id,
    initial,
    messages,
    live,
    problem,
    onKept: (kept) => onKept(id, kept),
    onNotKept,
    onNotSent,
    onRead: (read, shown) => {
      let isShown = false;
      setMessages((now) => {
        isShown = now.length === shown.length && now.every((one, at) => one === shown[at]);
        return isShown ? read.messages : now;
      });
      if (isShown) setBefore(read.problem);
      return isShown;
    },
  });

  const send = (text: string) => {
    setBefore(null);
    clearError();
    setMessages(ended);
    void chat.sendMessage({ text });
    void scrollToBottom();
    field.current?.focus();
  };

  const stop = useCallback(() => {
    void Promise.resolve(chat.stop()).then(() => setMessages((now) => stopped(ended(now))));
    field.current?.focus();
  }, [chat.stop, setMessages]);

  const retry = useCallback(() => {
    setBefore(null);
    clearError();
    setMessages(retryable);
    void chat.sendMessage();
  }, [chat.sendMessage, clearError, setMessages]);

  useEffect(() => {
    if (!live) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) stop();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [live, stop]);

  useEffect(() => {
    // Back from the consent that this tab went to for it.
    if (takePending({ spaceId, conversationId: id })) retry();
  }, [spaceId, id, retry]);

  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  const parts = useRef(messages);
  parts.current = messages;
  const decide = useCallback(
    ({ approvalId, approved, always }: Decision) => {
      if (always) {
        const part = parts.current
          .flatMap((message) => message.parts)
          .find((one) => "approval" in one && one.approval?.id === approvalId);
        if (part) onPolicy(withRule(rules.current, viewOf(part as ToolPart, false), "allow"));
      }
      void chat.addToolApprovalResponse({
        id: approvalId,
        approved,
        ...(approved ? {} : { reason: "The person denied this call." }),
      });
      field.current?.focus();
    },
    [chat.addToolApprovalResponse, onPolicy],
  );

  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = useStickToBottom({
    initial: "instant",
    resize: "instant",
  });
  const last = messages.at(-1);
  const isUnanswered = last?.role === "user" || (last !== undefined && endOf(last) !== "complete");

  return (
    <>
      <div className="relative min-h-0 flex-1">
        <div
          ref={scrollRef}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it
          tabIndex={0}
          className="h-full overflow-y-auto outline-offset-[-2px]"
          role="log"
          aria-label="Conversation"
          aria-busy={live}
        >
          <div
            ref={contentRef}
            className="mx-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-8"
          >
            {messages.length === 0 && (
              <EmptyState space={space} connected={connected} onChoose={send} />
            )}
            <PagesOf value={spaceId}>
              {messages.map((message) => (
                <Message
                  key={message.id}
                  message={message}
                  live={live && message === last && message.role === "assistant"}
                  onDecide={decide}
                />
              ))}
            </PagesOf>
            {live && <Waiting message={last} />}
            {!live && elsewhere && (
              <p className="flex items-center gap-2.5 text-sm text-ink-soft">
                <Spinner /> Being answered in another tab…
              </p>
            )}
            {problem &&
              (needsConsent(problem) ? (
                <ReconnectCard
                  space={space}
                  problem={problem}
                  retries
                  returnPath={conversationPath(spaceId, id)}
                  onLeave={async () => {
                    rememberPending({ spaceId, conversationId: id });
                    await keep();
                  }}
                />
              ) : (
                <Fault problem={problem} actions={<Again onAgain={retry} />} />
              ))}
            {!live && !elsewhere && !problem && isUnanswered && (
              <div className="flex flex-wrap items-center gap-2">
                {last?.role === "assistant" && hasText(last) && (
                  <Button variant="outline" size="sm" onClick={() => send(CONTINUE)}>
                    <Play aria-hidden="true" />
                    Continue
                  </Button>
                )}
                <Again onAgain={retry} />
              </div>
            )}
          </div>
        </div>
        {!isAtBottom && messages.length > 0 && (
          <button
            type="button"
            aria-label="Scroll to the end"
            onClick={() => void scrollToBottom()}
            className="absolute bottom-3 left-1/2 grid size-9 -translate-x-1/2 place-items-center rounded-full border border-line bg-raised text-ink-soft shadow-lift hover:text-ink"
          >
            <ArrowDown className="size-4" aria-hidden="true" />
          </button>
        )}
      </div>
      <div className="mx-auto w-full max-w-3xl px-4 pb-4 sm:px-8 sm:pb-6">
        <Composer
          fieldRef={field}
          live={live}
          placeholder={`Ask about ${space.name}'s Notion`}
          onSend={send}
          onStop={stop}
        />
      </div>
    </>
  );
}

function Again({ onAgain }: { onAgain: () => void }) {
  return (
    <Button variant="outline" size="sm" onClick={onAgain}>
      <RotateCw aria-hidden="true" />
      Try again
    </Button>
  );
}

/** Said until the first words or the first tool are there. */
function Waiting({ message }: { message: UIMessage | undefined }) {
  const begun =
    message?.role === "assistant" &&
    message.parts.some(({ type }) => type === "text" || type === "dynamic-tool");
  if (begun) return null;
  return (
    <p className="flex items-center gap-2.5 text-sm text-ink-soft">
      <Spinner /> Thinking…
    </p>
  );
}

const hasText = ({ parts }: UIMessage): boolean =>
  parts.some((part) => part.type === "text" && part.text.trim() !== "");
