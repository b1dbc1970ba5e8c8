"use client";

import { useChat } from "@ai-sdk/react";
import { lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage } from "ai";
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import { useStickToBottom } from "use-stick-to-bottom";
import { Composer } from "@/components/chat/composer";
import { ConversationEnd } from "@/components/chat/conversation-end";
import { EmptyState } from "@/components/chat/empty-state";
import { Message } from "@/components/chat/message";
import * as texts from "@/components/chat/texts";
import { ToTheEnd } from "@/components/chat/to-the-end";
import { useAgain } from "@/components/chat/use-again";
import { useDeciding } from "@/components/chat/use-deciding";
import { isLost, useFollowing } from "@/components/chat/use-following";
import { useKeeping } from "@/components/chat/use-keeping";
import { PagesOf } from "@/components/chat/use-page";
import type { StopAsking } from "@/components/chat/use-policy";
import { answerApi, type Refused, type Turn, useTransport } from "@/components/chat/use-transport";
import { useVersions } from "@/components/chat/use-versions";
import { useToast } from "@/components/ui/toast";
import type { Space } from "@/lib/api-types";
import { needsSignIn } from "@/lib/browser-problems";
import { callApi } from "@/lib/call-api";
import { stopped, withEnd } from "@/lib/chat/answer-end";
import { unknownAnew } from "@/lib/chat/ask-anew";
import type { Conversation as Kept, Owner } from "@/lib/chat/conversations";
import { keepDraft, readDraft } from "@/lib/chat/drafts";
import { failureOf, isOutcomeUnknown, problemIn } from "@/lib/chat/failures";
import { isUnended, withAnswer } from "@/lib/chat/follow-answer";
import { ended, retryable } from "@/lib/chat/interruption";
import { OpenConversation } from "@/lib/chat/open-conversation";
import { rememberPending, takePending } from "@/lib/chat/pending";
import { shows } from "@/lib/chat/shown-path";
import { namedBefore } from "@/lib/chat/sources";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import { newestPath, placedAfter } from "@/lib/chat/versions";
import { decidedIn } from "@/lib/chat/waiting";
import type { Problem } from "@/lib/problems";
import { conversationPath } from "@/lib/space-paths";
import { isStopKey } from "@/lib/stop-key";

const CONTINUE = texts.goOnFromWhereYouStopped;

const LATE = {
  title: texts.thisWasDecidedBefore,
  detail: texts.anotherTabOrDevice,
};

/** What the person has decided on was not run, nor will be. */
const asNotBegun = (messages: UIMessage[]) =>
  decidedIn(messages).length > 0 ? withEnd(messages, "complete") : messages;

export interface ConversationProps {
  id: string;
  owner: Owner;
  space: Space;
  initial: Kept | null;
  policy: ToolPolicy;
  onStopAsking: StopAsking;
  onKept: (id: string, kept: { title: string; isNew: boolean }) => void;
  /** An answer has ended, and the gateway was told of it. */
  onEnded: () => void;
  /** The first answer to it has begun, or was refused: this site can be reached. */
  onAnswered: ((id: string) => void) | undefined;
  onNotKept: (fault: unknown) => void;
  onNotSent: (id: string, problem: Problem) => void;
  /** False: nobody has connected the space yet. */
  connected: boolean;
}

export default function Conversation({
  id,
  owner,
  space,
  initial,
  policy,
  onStopAsking,
  onKept,
  onEnded,
  onNotKept,
  onNotSent,
  onAnswered,
  connected,
}: ConversationProps) {
  const spaceId = space.space_id;
  const field = useRef<HTMLTextAreaElement>(null);
  // A request is made when the transport is asked, with the rules of that moment.
  const turn = useRef<Turn>({ policy, again: [] });
  const [open] = useState(() => new OpenConversation(owner, id, initial));
  const refused = useRef<Refused>(() => {});
  const transport = useTransport({ id, owner, open, space, turn, onAnswered, refused });
  const chat = useChat({
    id,
    messages: newestPath(initial?.messages ?? []),
    transport,
    throttle: 50,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  const { messages, status, setMessages, error, clearError } = chat;
  const { sendMessage, stop: stopReading, addToolApprovalResponse } = chat;
  const versions = useVersions(initial?.messages ?? [], messages, setMessages);
  useLayoutEffect(() => {
    turn.current = { ...turn.current, policy };
  }, [policy]);
  const toast = useToast();
  const lateBy = error && problemIn(error.message)?.reason === "approval_decided" ? error : null;
  const onLate = useEffectEvent(() => {
    clearError();
    toast(LATE);
  });
  useEffect(() => {
    if (lateBy) onLate();
  }, [lateBy]);
  const isAsked = status === "submitted" || status === "streaming";
  const [before, setBefore] = useState(initial?.problem ?? null);
  const [isStopping, setIsStopping] = useState(false);
  const [isLive, setIsLive] = useState(false);
  const live = isAsked || isLive;
  const problem = live ? null : error ? failureOf(error) : before;

  const { keep, elsewhere, askThere } = useKeeping({
    open,
    messages: versions.all,
    shown: messages,
    live,
    // Whoever opens it again has signed in.
    problem: problem && needsSignIn(problem) ? null : problem,
    onKept: (kept) => onKept(id, kept),
    onEnded,
    onNotKept,
    onNotSent: (refused) => onNotSent(id, refused),
    onRead: (read) => {
      let isShown = false;
      setMessages((now) => {
        isShown = now.length === messages.length && now.every((one, at) => one === messages[at]);
        return now;
      });
      if (!isShown) return false;
      versions.take(read.messages);
      setBefore(read.problem);
      return true;
    },
  });

  useLayoutEffect(() => {
    refused.current = async (why) => {
      // What was not answered in time may have been begun: the answer stays as one that broke off.
      if (!why || isOutcomeUnknown(why)) return;
      if (why.reason !== "approval_decided") return setMessages(asNotBegun);
      await open.catchUp();
      const read = await open.read().catch(() => null);
      if (!read) return;
      versions.take(read.messages);
      open.takes(read);
    };
  });

  const following = useFollowing({
    id,
    transport,
    last: messages.at(-1),
    isWanted:
      isUnended(messages) &&
      !(isAsked || isStopping || elsewhere) &&
      (problem === null || isLost(problem)),
    onAnswer: (answer) => setMessages((now) => withAnswer(now, answer)),
    onEnd: (ended) => {
      clearError();
      setBefore(ended);
    },
    catchUp: askThere,
  });
  const isFollowing = following.state === "following";
  if (isLive !== isFollowing) setIsLive(isFollowing);
  const isComing = live || following.state !== "none";
  const isBusy = isComing || elsewhere;
  const { leave } = following;

  const begin = useCallback(() => {
    leave();
    setBefore(null);
    clearError();
  }, [leave, clearError]);

  const send = (text: string) => {
    begin();
    setMessages(ended);
    void sendMessage({ text, metadata: placedAfter(messages.at(-1)) });
    void scrollToBottom();
    field.current?.focus();
  };

  const stop = useCallback(() => {
    setIsStopping(true);
    leave();
    // At Notion too, whoever else reads it and whichever server writes it.
    const told = callApi<undefined>(answerApi(spaceId, id), { method: "DELETE" });
    void Promise.resolve(stopReading()).then(async () => {
      setMessages((now) => stopped(ended(now)));
      const { problem } = { problem: null, ...(await told) };
      if (problem) setBefore(problem);
      setIsStopping(false);
    });
    field.current?.focus();
  }, [stopReading, setMessages, leave, spaceId, id]);

  const retry = () => {
    begin();
    const anew = unknownAnew(messages);
    setMessages(anew ?? retryable);
    if (!anew) void sendMessage();
  };

  const on = useAgain({
    turn,
    messages,
    versions,
    begin,
    sendMessage,
    setMessages,
  });

  useEffect(() => {
    if (!isComing) return;
    const onKey = (event: KeyboardEvent) => {
      if (isStopKey(event)) stop();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [isComing, stop]);

  const goOn = useEffectEvent(retry);
  useEffect(() => {
    // Back from the consent that this tab went to for it.
    // eslint-disable-next-line react-hooks/set-state-in-effect -- with a request, which begins here
    if (takePending({ spaceId, conversationId: id })) goOn();
  }, [spaceId, id]);

  const decide = useDeciding({
    messages,
    setMessages,
    addToolApprovalResponse,
    onStopAsking,
    onDecided: () => field.current?.focus(),
  });

  const lastId = messages.at(-1)?.id;
  useEffect(() => (lastId === undefined ? undefined : shows(id, lastId)), [id, lastId]);

  // What stands there before the first question is read from its top.
  const isEmpty = messages.length === 0;
  const { scrollRef, contentRef, isAtBottom, scrollToBottom, stopScroll } = useStickToBottom({
    initial: isEmpty ? false : "instant",
    resize: "instant",
  });
  useEffect(() => {
    if (!isEmpty) void scrollToBottom("instant");
  }, [isEmpty, scrollToBottom]);
  const [draft] = useState(() => readDraft(owner, initial ? id : null));
  const last = messages.at(-1);
  const named = namedBefore(messages);

  return (
    <>
      <div className="relative min-h-0 flex-1">
        <div
          ref={scrollRef}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it
          tabIndex={0}
          className="h-full overflow-y-auto outline-offset-[-2px] print:h-auto print:overflow-visible"
          role="log"
          aria-label={texts.conversation}
          aria-busy={isComing}
          // What somebody opens stays where it is, however much it grows, also by keys.
          onClickCapture={({ target }) => {
            if ((target as Element).closest("summary, figure")) stopScroll();
          }}
        >
          <div
            ref={contentRef}
            className="mx-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-8"
          >
            {isEmpty && (
              <EmptyState owner={owner} space={space} connected={connected} onChoose={send} />
            )}
            <PagesOf value={spaceId}>
              {messages.map((message, at) => (
                <Message
                  key={message.id}
                  message={message}
                  earlier={named[at]}
                  live={isBusy && message === last && message.role === "assistant"}
                  busy={isBusy}
                  versions={versions.versions?.get(message.id)}
                  onDecide={decide}
                  {...on}
                  onRerun={message === last ? on.onRerun : undefined}
                />
              ))}
            </PagesOf>
            <ConversationEnd
              last={last}
              live={live}
              coming={following.state}
              elsewhere={elsewhere}
              problem={problem}
              space={space}
              returnPath={conversationPath(spaceId, id)}
              onLeave={async () => {
                rememberPending({ spaceId, conversationId: id });
                await keep();
              }}
              onContinue={() => send(CONTINUE)}
              onAgain={retry}
            />
          </div>
        </div>
        {!isAtBottom && !isEmpty && <ToTheEnd onClick={() => void scrollToBottom()} />}
      </div>
      <div className="mx-auto w-full max-w-3xl px-4 pb-4 sm:px-8 sm:pb-6 print:hidden">
        <Composer
          fieldRef={field}
          space={space}
          connected={connected}
          policy={policy}
          live={isComing && following.state !== "looking"}
          draft={draft}
          onDraft={(text) => keepDraft(owner, messages.length > 0 ? id : null, text)}
          onSend={send}
          onStop={stop}
        />
      </div>
    </>
  );
}
