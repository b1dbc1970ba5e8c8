"use client";

import { Ban, CircleCheck, CircleHelp, CircleX } from "lucide-react";
import dynamic from "next/dynamic";
import * as texts from "@/components/shared/texts";
import type { SharedMessage } from "@/lib/api-types";
import { titleOf } from "@/lib/chat/tool";

const Markdown = dynamic(() => import("@/components/chat/markdown"), { ssr: false });

type Part = SharedMessage["parts"][number];
type Call = Extract<Part, { kind: "call" }>;

const OUTCOMES = {
  done: { icon: CircleCheck, words: "done" },
  failed: { icon: CircleX, words: "failed" },
  not_run: { icon: Ban, words: texts.notRun },
  unknown: { icon: CircleHelp, words: texts.outcomeNotKnown },
} satisfies Record<Call["outcome"], unknown>;

const HOW_IT_ENDED: Record<Exclude<SharedMessage["end"], "complete">, string> = {
  stopped: texts.thisAnswerWasStopped,
  cut: texts.thisAnswerBroke,
  too_long: texts.theModelStopped,
};

/** What somebody else asked and was answered. Nothing in it can be run, edited or approved. */
export function SharedMessages({ messages }: { messages: SharedMessage[] }) {
  return (
    <section aria-label={texts.sharedConversation} className="flex flex-col gap-6">
      {messages.map((message, at) =>
        message.role === "user" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change
          <Question key={at} message={message} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change
          <Answer key={at} message={message} />
        ),
      )}
    </section>
  );
}

function Question({ message }: { message: SharedMessage }) {
  const said = message.parts.flatMap((part) => (part.kind === "text" ? [part.text] : []));
  return (
    <div className="flex flex-col items-end">
      <div
        dir="auto"
        className="max-w-[85%] rounded-2xl rounded-br-md bg-hover px-4 py-2.5 break-words whitespace-pre-wrap"
      >
        {/* With a direction of its own it has no say in that of the question. */}
        <span dir="ltr" className="sr-only">
          {texts.asked}
        </span>
        {said.join("\n\n").trim()}
      </div>
    </div>
  );
}

function Answer({ message }: { message: SharedMessage }) {
  return (
    <div className="min-w-0">
      <span className="sr-only">{texts.answered}</span>
      {message.parts.map((part, at) =>
        part.kind === "text" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change
          part.text && <Markdown key={at} text={part.text} live={false} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change
          <CallLine key={at} call={part} />
        ),
      )}
      {message.end !== "complete" && (
        <p className="mt-2 text-sm text-ink-soft">{HOW_IT_ENDED[message.end]}</p>
      )}
    </div>
  );
}

function CallLine({ call }: { call: Call }) {
  const { icon: Icon, words } = OUTCOMES[call.outcome];
  return (
    <p className="my-2 flex w-fit max-w-full items-center gap-2 rounded-lg border border-line px-3 py-1.5 text-sm text-ink-soft">
      <Icon className="size-4 shrink-0" aria-hidden="true" />
      <span className="min-w-0 truncate">{titleOf(call.tool)}</span>
      <span className="text-xs">{words}</span>
    </p>
  );
}
