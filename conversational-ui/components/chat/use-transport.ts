import { DefaultChatTransport, type UIMessage } from "ai";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { Space } from "@/lib/api-types";
import { chosenModel } from "@/lib/chat/chosen-model";
import type { Owner } from "@/lib/chat/conversations";
import { chosenPlace } from "@/lib/chat/kept-conversations";
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
  space,
  turn,
  onAnswered,
}: {
  id: string;
  owner: Owner;
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
  return useMemo(
    () =>
      new DefaultChatTransport<UIMessage>({
        api: spaceApi(spaceId, "/chat"),
        prepareSendMessagesRequest: ({ messages }) => ({
          body: {
            conversationId: id,
            isKept: chosenPlace(owner) === "gateway",
            model: chosenModel(owner, id),
            spaceName,
            ...turn.current,
            messages,
          },
        }),
        prepareReconnectToStreamRequest: () => ({ api: answerApi(spaceId, id) }),
        fetch: async (asked, init) => {
          const answer = await fetch(asked, init);
          if (init?.method === "POST") answered.current();
          return answer;
        },
      }),
    [id, owner, spaceId, spaceName, turn],
  );
}

/** The answer that is being written in a conversation: read it again, or stop it. */
export const answerApi = (spaceId: string, id: string) =>
  spaceApi(spaceId, `/chat/${encodeURIComponent(id)}`);
