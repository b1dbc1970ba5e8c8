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
import { spaceApi } from "@/lib/space-paths";

/** Of the moment in which something is asked. */
export interface Turn {
  policy: ToolPolicy;
  /** The answer has to say what it follows: the conversation has versions. */
  isVersion: boolean;
  /** Calls whose text the person has edited, by id. */
  edited: string[];
  /** Calls that had failed, and that the person runs again, by id. */
  again: string[];
}

/** The way to this site's model: asks it, and reads on in what was asked before. */
export function useTransport({
  id,
  owner,
  open,
  space,
  turn,
  onAnswered,
}: {
  id: string;
  owner: Owner;
  open: OpenConversation;
  space: Space;
  turn: RefObject<Turn>;
  /** The first answer has begun, or was refused. */
  onAnswered: ((id: string) => void) | undefined;
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
      prepareReconnectToStreamRequest: () => ({ api: answerApi(spaceId, id) }),
      fetch: async (asked, init) => {
        let answer = await fetch(asked, init);
        if (init?.method !== "POST") return answer;
        if (await isMissing(answer)) {
          await open.catchUp(); // so that all of it is kept there again
          const body = { ...JSON.parse(String(init.body)), ...said(0) };
          answer = await fetch(asked, { ...init, body: JSON.stringify(body) });
        }
        answered.current();
        return answer;
      },
    });
  }, [id, owner, open, spaceId, spaceName, turn]);
  /* eslint-enable react-hooks/refs, react-hooks/immutability */
}

/** The gateway has not got what was taken for kept there: deleted, or changed elsewhere. */
async function isMissing(answer: Response): Promise<boolean> {
  if (answer.status !== 409) return false;
  return problemIn(await answer.clone().text())?.reason === "messages_missing";
}

/** The answer that is being written in a conversation: read it again, or stop it. */
export const answerApi = (spaceId: string, id: string) =>
  spaceApi(spaceId, `/chat/${encodeURIComponent(id)}`);
