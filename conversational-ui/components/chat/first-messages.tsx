"use client";

import type { UIMessage } from "ai";
import { FirstView } from "@/components/chat/first-view";
import { Message } from "@/components/chat/message";

const nothing = () => {};

/** Of a conversation that was had before: how it ends. */
export function FirstMessages({ spaceName, last }: { spaceName: string; last: UIMessage[] }) {
  return (
    <FirstView spaceName={spaceName}>
      {last.map((message) => (
        <Message
          key={message.id}
          message={message}
          live={false}
          busy={false}
          versions={undefined}
          onVersion={nothing}
          onDecide={nothing}
          onAsk={nothing}
          onAnswerAgain={nothing}
          onRerun={undefined}
        />
      ))}
    </FirstView>
  );
}
