import "server-only";

import {
  convertToModelMessages,
  generateId,
  isStepCount,
  type LanguageModel,
  streamText,
  toUIMessageStream,
  type UIMessage,
  type UIMessageChunk,
} from "ai";
import { approvalSecret } from "@/lib/ai/approval-secret";
import { instructions } from "@/lib/ai/instructions";
import { failureText } from "@/lib/ai/model-failures";
import { ownCalls, runOwn } from "@/lib/ai/own-calls";
import { connectNotion, type NotionConnection } from "@/lib/ai/tools/notion_mcp";
import { approvalFor, toolset } from "@/lib/ai/tools/toolset";
import { BEGUN, endFor } from "@/lib/chat/answer-end";
import { needsConsent } from "@/lib/chat/failures";
import { inWords } from "@/lib/chat/interruption";
import { leftOutFor, newestTurns } from "@/lib/chat/newest-turns";
import { tokensFor, tokensOf } from "@/lib/chat/tokens-used";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import type { ToolPart } from "@/lib/chat/tool-state";
import { placedAfter } from "@/lib/chat/versions";
import { decidedIn } from "@/lib/chat/waiting";
import { takeDecisions } from "@/lib/server/conversations";
import { GatewayError } from "@/lib/server/gateway";
import type { Person } from "@/lib/server/session";

const MOST_STEPS = 24;

export interface Turn {
  person: Person;
  spaceId: string;
  conversationId: string;
  spaceName: string;
  model: LanguageModel;
  messages: UIMessage[];
  /** Older turns that are not among the messages. */
  leftOut: number;
  /** So many characters of the conversation the model is given at most. */
  room: number;
  policy: ToolPolicy;
  /** Calls of the last message that had failed, and that the person runs again, by id. */
  again: readonly string[];
  /** Ends everything behind it. */
  signal: AbortSignal;
}

/**
 * Raises GatewayError where Notion cannot be asked at all, and where another page has sent the
 * person's word on a call before: then nothing was run.
 */
export async function answer(turn: Turn): Promise<ReadableStream<UIMessageChunk>> {
  const { person, spaceId, messages, signal } = turn;
  const notion = watched(await connectNotion(person, spaceId, signal));
  // A closed connection also when nobody reads the stream to its end.
  signal.addEventListener("abort", () => void notion.close(), { once: true });
  try {
    const decided = decidedIn(messages);
    // The last thing that can be refused: whoever is refused may send the same again. A server that
    // ends after this has run nothing, or something: the page does not know which, says so, and asks
    // anew (``lib/chat/ask-anew.ts``), so that no word is lost and none counts twice.
    if (decided.length > 0) await takeDecisions(person, spaceId, turn.conversationId, decided);
    const calls = ownCalls(messages, turn.again);
    const told =
      calls.length > 0 ? toldFirst(turn, notion, calls) : await written(turn, notion, messages);
    return ending(told, () => void notion.close());
  } catch (fault) {
    await notion.close();
    throw fault;
  }
}

type Watched = ReturnType<typeof watched>;

/** What the person's own calls answer comes first, and the model goes on from it. */
function toldFirst(turn: Turn, notion: Watched, calls: ToolPart[]) {
  async function* told(): AsyncGenerator<UIMessageChunk> {
    const { messages, policy, signal } = turn;
    yield { type: "start", messageId: messages.at(-1)?.id ?? "", messageMetadata: BEGUN };
    const after = yield* runOwn(calls, messages, notion, policy, signal);
    const rest = (await written(turn, notion, after)).getReader();
    for (let next = await rest.read(); !next.done; next = await rest.read()) yield next.value;
  }
  const chunks = told();
  return new ReadableStream<UIMessageChunk>({
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** The model's answer to these messages. */
async function written(
  turn: Turn,
  notion: Watched,
  messages: UIMessage[],
): Promise<ReadableStream<UIMessageChunk>> {
  const { person, spaceId, policy, signal } = turn;
  const last = messages.at(-1);
  const begun = last?.role === "user" ? placedAfter(last) : {};
  const before = last?.role === "assistant" ? tokensOf(last) : null;
  const tools = toolset(notion, policy);
  const said = await convertToModelMessages(inWords(messages), { tools });
  const given = newestTurns(said, turn.room, (one) => JSON.stringify(one).length);
  const leftOut = leftOutFor(turn.leftOut + given.leftOut);
  const { stream } = streamText({
    model: turn.model,
    instructions: instructions({ spaceName: turn.spaceName, readOnly: policy.readOnly }),
    messages: given.messages,
    tools,
    toolApproval: approvalFor(notion, policy),
    experimental_toolApprovalSecret: approvalSecret(person.userId, spaceId),
    stopWhen: isStepCount(MOST_STEPS),
    // Where only a person can mend the connection, the model has nothing to add.
    prepareStep: () => {
      if (notion.lost()) throw notion.lost();
      return {};
    },
    abortSignal: signal,
    onError: () => {}, // told to the browser below; the default prints conversations
  });
  return toUIMessageStream({
    stream,
    originalMessages: messages,
    generateMessageId: generateId,
    sendReasoning: false,
    messageMetadata: ({ part }) => {
      if (part.type === "start") return { ...BEGUN, ...begun, ...leftOut };
      if (part.type !== "finish") return undefined;
      return { ...endFor(part.finishReason), ...tokensFor(part.totalUsage, before) };
    },
    onError: failureText,
  });
}

/** The connection, and whether a call of it found that the space needs a new consent. */
function watched(connection: NotionConnection) {
  let lost: GatewayError | undefined;
  return {
    ...connection,
    lost: () => lost,
    call: (...called: Parameters<NotionConnection["call"]>) =>
      connection.call(...called).catch((fault: unknown) => {
        if (fault instanceof GatewayError && needsConsent(fault.problem)) lost = fault;
        throw fault;
      }),
  };
}

function ending<T>(stream: ReadableStream<T>, end: () => void): ReadableStream<T> {
  const reader = stream.getReader();
  return new ReadableStream<T>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (fault) {
        end();
        controller.error(fault);
      }
    },
    cancel: async (reason) => {
      end();
      await reader.cancel(reason);
    },
  });
}
