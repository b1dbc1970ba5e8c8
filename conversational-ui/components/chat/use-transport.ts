import { DefaultChatTransport, type UIMessage } from "ai";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { Space } from "@/lib/api-types";
import { chosenModel } from "@/lib/chat/chosen-model";
import type { Owner } from "@/lib/chat/conversations";
import { problemIn } from "@/lib/chat/failures";
import type { OpenConversation } from "@/lib/chat/open-conversation";
import { chosenPlace } from "@/lib/chat/place";
import { sentTurn } from "@/lib/chat/sent-turn";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { whosePage } from "@/lib/whose-page";

/** Of the moment in which something is asked. */
export interface Turn {
  policy: ToolPolicy;
  /** Calls that had failed, and that the person runs again unasked, by id. */
  again: string[];
}

/** Which answer is read on: to one of these messages, or going on with it, by id. */
export interface Answering {
  to: readonly string[];
}

/** The server has begun nothing of what was asked, for that reason. */
export type Refused = (problem: Problem | null) => Promise<void> | void;

/** The way to this site's model: asks it, and reads on in what was asked before. */
export function useTransport({
  id,
  owner,
  open,
  space,
  turn,
  onAnswered,
  refused,
}: {
  id: string;
  owner: Owner;
  open: OpenConversation;
  space: Space;
  turn: RefObject<Turn>;
  /** The first answer has begun, or was refused. */
  onAnswered: ((id: string) => void) | undefined;
  refused: RefObject<Refused>;
}) {
  // Nobody is told once another conversation is shown.
  const answered = useRef(() => {});
  useEffect(() => {
    answered.current = () => onAnswered?.(id);
    return () => {
      answered.current = () => {};
    };
  }, [id, onAnswered]);
  const { space_id: spaceId, name: spaceName } = space;
  // The turn is read when something is asked, never while rendering.
  /* eslint-disable react-hooks/refs, react-hooks/immutability */
  return useMemo(() => {
    let all: readonly UIMessage[] = [];
    const said = (known: number) => {
      const turn = sentTurn(all, known);
      // A part of it, kept by itself, would be taken for all of it.
      return { ...turn, isKept: chosenPlace(owner) === "gateway" && turn.leftOut === 0 };
    };
    return new DefaultChatTransport<UIMessage>({
      api: spaceApi(spaceId, "/chat"),
      headers: whosePage,
      prepareSendMessagesRequest: async ({ messages }) => {
        all = messages;
        const asked = {
          conversationId: id,
          model: chosenModel(owner, id),
          spaceName,
          ...turn.current,
        };
        return { body: { ...asked, ...said(await open.known(messages)) } };
      },
      prepareReconnectToStreamRequest: ({ requestMetadata }) => {
        const { to = [] } = (requestMetadata ?? {}) as Partial<Answering>;
        const asked = new URLSearchParams(to.map((messageId) => ["to", messageId]));
        return { api: `${answerApi(spaceId, id)}?${asked}` };
      },
      fetch: async (asked, init) => {
        let answer = await fetch(asked, init);
        if (init?.method !== "POST") return answer;
        if ((await refusalOf(answer))?.reason === "messages_missing") {
          // What was taken for kept there was deleted, or changed elsewhere: all of it is kept again.
          await open.catchUp();
          const body = { ...JSON.parse(String(init.body)), ...said(0) };
          answer = await fetch(asked, { ...init, body: JSON.stringify(body) });
        }
        if (!answer.ok) await refused.current(await refusalOf(answer));
        answered.current();
        return answer;
      },
    });
  }, [id, owner, open, spaceId, spaceName, turn, refused]);
  /* eslint-enable react-hooks/refs, react-hooks/immutability */
}

const refusalOf = async (answer: Response): Promise<Problem | null> =>
  answer.ok ? null : problemIn(await answer.clone().text());

/** The answer that is being written in a conversation: read it again, or stop it. */
export const answerApi = (spaceId: string, id: string) =>
  spaceApi(spaceId, `/chat/${encodeURIComponent(id)}`);
