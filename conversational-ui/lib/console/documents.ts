/** What the space's Notion offers besides tools, as browser and server pass it between them. */

/** ``isTemplate``: its address has parts to fill in. */
export interface NotionResource {
  uri: string;
  title: string;
  description: string;
  mimeType: string | null;
  isTemplate: boolean;
}

/** ``text``: null where it is no text, of ``bytes`` then. */
export interface ResourceContent {
  uri: string;
  mimeType: string | null;
  text: string | null;
  bytes: number;
}

export interface PromptArgument {
  name: string;
  description: string;
  required: boolean;
}

export interface NotionPrompt {
  name: string;
  title: string;
  description: string;
  arguments: PromptArgument[];
}

export interface PromptMessage {
  role: string;
  /** Null where it is no text, of ``type`` then. */
  text: string | null;
  type: string;
}

/** ``offered``: false where the server says that it has none of these at all. */
export interface Offered<T> {
  offered: boolean;
  listed: T[];
}

/** An MCP App: a page of the server's own, which this site does not show yet. */
export const isApp = (uri: string): boolean => /^ui:/i.test(uri.trim());

/** The schema of a prompt's form: its arguments are texts. */
export function promptSchema({ arguments: given }: NotionPrompt): Record<string, unknown> {
  return {
    type: "object",
    properties: Object.fromEntries(
      given.map(({ name, description }) => [name, { type: "string", description }]),
    ),
    required: given.filter(({ required }) => required).map(({ name }) => name),
  };
}
