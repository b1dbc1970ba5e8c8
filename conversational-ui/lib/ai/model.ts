import "server-only";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModel } from "ai";
import type { ModelInfo } from "@/lib/chat/model-info";
import { isLoopback, SettingsError, secret } from "@/lib/server/settings";

/** What the simulator calls its model; it follows rules and understands nothing. */
const SCRIPTED = "scripted-demo";

/** Characters that fit into 128,000 tokens, the smallest context of today's models, with room to spare. */
const MOST_CHARACTERS = 400_000;

export interface ChatModel {
  info: ModelInfo;
  model: LanguageModel;
  /** So many characters of a conversation it is given at most; older turns are left out. */
  room: number;
}

type Environment = Record<string, string | undefined>;

/**
 * The models that the chat can talk to, the first one where nobody chooses; none where none is set:
 * the tool console needs none.
 *
 * Of ``MODEL_BASE_URL`` (any OpenAI-compatible service, with ``MODEL_NAME`` and ``MODEL_API_KEY``),
 * then of ``ANTHROPIC_API_KEY`` (with ``ANTHROPIC_MODEL``); each name may be several, with commas
 * between them. ``MODEL_CONTEXT_CHARACTERS`` says how much of a conversation each is given. Raises
 * SettingsError.
 */
export function chatModels(environment: Environment = process.env): ChatModel[] {
  const given = (name: string) => environment[name]?.trim() || undefined;
  const listed = (name: string, because: string) => {
    const names = (given(name) ?? "").split(",").flatMap((one) => one.trim() || []);
    if (names.length === 0) throw new SettingsError(`${because} needs ${name}`);
    return names;
  };
  const models: ChatModel[] = [];
  const room = roomOf(given("MODEL_CONTEXT_CHARACTERS"));
  const baseUrl = given("MODEL_BASE_URL");
  if (baseUrl !== undefined) {
    const apiKey = secret("MODEL_API_KEY", environment);
    const provider = createOpenAICompatible({
      name: "model",
      baseURL: serviceAddress(baseUrl, given("MODEL_BASE_URL_INSECURE")),
      includeUsage: true,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    for (const name of listed("MODEL_NAME", "MODEL_BASE_URL")) {
      models.push({ info: { name, scripted: name === SCRIPTED }, model: provider(name), room });
    }
  }
  const apiKey = secret("ANTHROPIC_API_KEY", environment);
  if (apiKey !== undefined) {
    const provider = createAnthropic({ apiKey });
    for (const name of listed("ANTHROPIC_MODEL", "ANTHROPIC_API_KEY")) {
      models.push({ info: { name, scripted: false }, model: provider(name), room });
    }
  }
  const names = models.map(({ info }) => info.name);
  return models.filter(({ info }, at) => names.indexOf(info.name) === at);
}

/** The one of that name, else the first; null where there is none. Raises SettingsError. */
export function chatModel(
  name: string | null = null,
  environment: Environment = process.env,
): ChatModel | null {
  const models = chatModels(environment);
  return models.find(({ info }) => info.name === name) ?? models[0] ?? null;
}

/** Exactly that one, for what may go to no other; null where it is not configured any more. */
export function chosenChatModel(
  name: string | null,
  environment: Environment = process.env,
): ChatModel | null {
  const chosen = chatModel(name, environment);
  return name === null || chosen?.info.name === name ? chosen : null;
}

function roomOf(value: string | undefined): number {
  if (value === undefined) return MOST_CHARACTERS;
  const room = Number(value);
  if (Number.isSafeInteger(room) && room >= 1000) return room;
  throw new SettingsError("MODEL_CONTEXT_CHARACTERS is not a whole number of at least 1000");
}

/** Conversations and a key go there: not in the clear over a network, unless somebody says so. */
function serviceAddress(value: string, insecure: string | undefined): string {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new SettingsError("MODEL_BASE_URL is not an http or https address");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && insecure === undefined) {
    throw new SettingsError(
      "MODEL_BASE_URL must use https; set MODEL_BASE_URL_INSECURE=1 for a private network",
    );
  }
  return value.replace(/\/+$/, "");
}

/** What pages may know of the models; where they are set up wrongly, the log says how. */
export function modelsForPage(): { models: ModelInfo[]; misconfigured: boolean } {
  try {
    return { models: chatModels().map(({ info }) => info), misconfigured: false };
  } catch (fault) {
    if (!(fault instanceof SettingsError)) throw fault;
    console.error(`misconfigured: ${fault.message}`);
    return { models: [], misconfigured: true };
  }
}
