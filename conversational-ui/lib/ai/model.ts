import "server-only";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModel } from "ai";
import type { ModelInfo } from "@/lib/chat/model-info";
import { isLoopback, SettingsError } from "@/lib/server/settings";

/** What the simulator calls its model; it follows rules and understands nothing. */
const SCRIPTED = "scripted-demo";

export interface ChatModel {
  info: ModelInfo;
  model: LanguageModel;
}

type Environment = Record<string, string | undefined>;

/**
 * The model the chat talks to, or null where none is set: the tool console needs none.
 *
 * ``MODEL_BASE_URL`` (any OpenAI-compatible service, with ``MODEL_NAME`` and ``MODEL_API_KEY``)
 * comes before ``ANTHROPIC_API_KEY`` (with ``ANTHROPIC_MODEL``). Raises SettingsError.
 */
export function chatModel(environment: Environment = process.env): ChatModel | null {
  const given = (name: string) => environment[name]?.trim() || undefined;
  const required = (name: string, because: string) => {
    const value = given(name);
    if (value === undefined) throw new SettingsError(`${because} needs ${name}`);
    return value;
  };
  if (given("MODEL_BASE_URL") !== undefined) {
    const baseURL = serviceAddress(
      required("MODEL_BASE_URL", ""),
      given("MODEL_BASE_URL_INSECURE"),
    );
    const name = required("MODEL_NAME", "MODEL_BASE_URL");
    const apiKey = given("MODEL_API_KEY");
    const provider = createOpenAICompatible({
      name: "model",
      baseURL,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
    return { info: { name, scripted: name === SCRIPTED }, model: provider(name) };
  }
  const apiKey = given("ANTHROPIC_API_KEY");
  if (apiKey === undefined) return null;
  const name = required("ANTHROPIC_MODEL", "ANTHROPIC_API_KEY");
  return { info: { name, scripted: false }, model: createAnthropic({ apiKey })(name) };
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

/** What pages may know of the model; where it is set up wrongly, the log says how. */
export function modelForPage(): { model: ModelInfo | null; misconfigured: boolean } {
  try {
    return { model: chatModel()?.info ?? null, misconfigured: false };
  } catch (fault) {
    if (!(fault instanceof SettingsError)) throw fault;
    console.error(`misconfigured: ${fault.message}`);
    return { model: null, misconfigured: true };
  }
}
