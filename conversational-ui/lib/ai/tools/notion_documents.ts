import "server-only";

import { attempt, CONNECT_TIMEOUT, openNotion } from "@/lib/ai/tools/notion_mcp";
import type {
  NotionPrompt,
  NotionResource,
  Offered,
  PromptMessage,
  ResourceContent,
} from "@/lib/console/documents";
import type { Person } from "@/lib/server/session";

/** What is listed beyond that is nobody's to read through. */
const MOST_LISTED = 500;
const MOST_CHARACTERS = 1_000_000;

type Opened = Awaited<ReturnType<typeof openNotion>>["client"];

/** A connection for one question. Raises GatewayError, or the signal's reason. */
export async function asked<T>(
  person: Person,
  spaceId: string,
  signal: AbortSignal,
  question: (client: Opened, options: { signal: AbortSignal; timeout: number }) => Promise<T>,
): Promise<T> {
  const { client, close } = await openNotion(person, spaceId, signal);
  try {
    return await attempt(signal, () => question(client, { signal, timeout: CONNECT_TIMEOUT }));
  } finally {
    void close();
  }
}

export function listResources(person: Person, spaceId: string, signal: AbortSignal) {
  return asked(person, spaceId, signal, async (client, options) => {
    if (!client.getServerCapabilities()?.resources) return NONE;
    const { resources } = await client.listResources(undefined, options);
    // Servers that have none often do not know the question.
    const templates = await client.listResourceTemplates(undefined, options).then(
      ({ resourceTemplates }) => resourceTemplates,
      () => [],
    );
    const listed: NotionResource[] = [
      ...resources.map((one) => ({ ...one, isTemplate: false })),
      ...templates.map((one) => ({ ...one, uri: one.uriTemplate, isTemplate: true })),
    ].map(({ uri, name, title, description, mimeType, isTemplate }) => ({
      uri,
      title: title?.trim() || name,
      description: description ?? "",
      mimeType: mimeType ?? null,
      isTemplate,
    }));
    return { offered: true, listed: listed.slice(0, MOST_LISTED) };
  });
}

export function readResource(person: Person, spaceId: string, uri: string, signal: AbortSignal) {
  return asked(person, spaceId, signal, async (client, options): Promise<ResourceContent[]> => {
    const { contents } = await client.readResource({ uri }, options);
    return contents.map((one) => {
      const text = "text" in one ? one.text : null;
      const bytes =
        text === null && "blob" in one
          ? Buffer.byteLength(one.blob, "base64")
          : (text ?? "").length;
      return { uri: one.uri, mimeType: one.mimeType ?? null, text: shortened(text), bytes };
    });
  });
}

export function listPrompts(person: Person, spaceId: string, signal: AbortSignal) {
  return asked(person, spaceId, signal, async (client, options): Promise<Offered<NotionPrompt>> => {
    if (!client.getServerCapabilities()?.prompts) return NONE;
    const { prompts } = await client.listPrompts(undefined, options);
    const listed = prompts.map(({ name, title, description, arguments: given = [] }) => ({
      name,
      title: title?.trim() || name,
      description: description ?? "",
      arguments: given.map((one) => ({
        name: one.name,
        description: one.description ?? "",
        required: one.required === true,
      })),
    }));
    return { offered: true, listed: listed.slice(0, MOST_LISTED) };
  });
}

export function getPrompt(
  person: Person,
  spaceId: string,
  prompt: { name: string; arguments: Record<string, string> },
  signal: AbortSignal,
) {
  return asked(person, spaceId, signal, async (client, options): Promise<PromptMessage[]> => {
    const { messages } = await client.getPrompt(prompt, options);
    return messages.map(({ role, content }) => ({
      role,
      text: content.type === "text" ? shortened(content.text) : null,
      type: content.type,
    }));
  });
}

const NONE = { offered: false, listed: [] };

const shortened = (text: string | null): string | null =>
  text !== null && text.length > MOST_CHARACTERS
    ? `${text.slice(0, MOST_CHARACTERS)}\n[The rest is left out.]`
    : text;
