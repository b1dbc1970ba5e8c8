import type { GrantChoice, GrantMode, Grants, NotionStatus, Whose } from "@/lib/api-types";

/** As an owner chooses among them, from what most spaces want on. */
export const MODES = [
  "shared",
  "personal_else_shared",
  "personal",
] as const satisfies readonly GrantMode[];

export const MODE_WORDS: Record<GrantMode, { title: string; text: string }> = {
  shared: {
    title: "The team's connection, for everybody",
    text: "One person connects the space. All others act with that person's rights, in that person's name.",
  },
  personal_else_shared: {
    title: "Their own where they have one, else the team's",
    text: "Whoever connects their own Notion acts with it, in their own name. All others act with the team's connection.",
  },
  personal: {
    title: "Each their own",
    text: "Everybody connects their own Notion, and acts in their own name. Without it they are asked to connect it.",
  },
};

/** Why somebody would make a connection that is not there. */
export function invitation({ mode }: Choice, whose: Whose): string {
  if (whose === "shared") {
    return mode === "shared"
      ? "Connect Notion's MCP server once, and every member of this space can use it."
      : "Nobody has connected the team's Notion.";
  }
  return mode === "personal"
    ? "Connect your own Notion to work with it in this space."
    : "You act with the team's connection. Connect your own to act in your own name.";
}

/** What is said of a connection, made on the server: browsers need no other words for it. */
export interface ConnectionWords {
  invitation: string;
  /** To be read before a consent. */
  lending: string;
  /** Of the connection that is there. */
  lent: string;
}

export function connectionWords(
  choice: Choice,
  status: Pick<NotionStatus, "grant" | "connected_by" | "workspace">,
  space: string,
  you: string,
): ConnectionWords {
  const { grant: whose, connected_by: by, workspace } = status;
  return {
    invitation: invitation(choice, whose),
    lending: lending(choice, whose, space),
    lent: lent(choice, whose, space, { by, workspace: workspace?.name ?? null, you }),
  };
}

type Choice = Pick<GrantChoice, "mode" | "service_tokens_use_shared">;

/** What is done with service tokens, where people act with their own. */
export const serviceWords = ({ service_tokens_use_shared }: Choice): string =>
  service_tokens_use_shared
    ? "Service tokens act with the team's connection."
    : "Service tokens reach nothing.";

/** Who acts with a connection; null: nobody. */
function users(choice: Choice, whose: Whose, space: string): string | null {
  if (whose === "personal") return "you alone";
  const programs = "the space's service tokens, machines and workloads";
  const others = `everybody in ${space} who has not connected their own Notion`;
  switch (choice.mode) {
    case "shared":
      return `everybody in ${space}, and ${programs}`;
    case "personal_else_shared":
      return choice.service_tokens_use_shared ? `${others}, and ${programs}` : others;
    case "personal":
      return choice.service_tokens_use_shared ? programs : null;
  }
}

/** Whose rights are lent to whom, to be read before a consent. */
export function lending(choice: Choice, whose: Whose, space: string): string {
  if (whose === "personal") {
    return "Only you act with it, in your own name: here, in MCP clients that you log in, and with your gateway tokens.";
  }
  const they = users(choice, whose, space);
  return they === null
    ? `Nobody acts with it: everybody in ${space} uses their own, and service tokens, machines and workloads reach nothing.`
    : `You lend your rights to ${they}: they act in Notion in your name.`;
}

/** The same of a connection that is there: where, in whose name, used by whom. */
export function lent(
  choice: Choice,
  whose: Whose,
  space: string,
  { by, workspace, you }: { by: string | null; workspace: string | null; you: string },
): string {
  const where = workspace ? `the workspace ${workspace}` : "a workspace that Notion has not named";
  return `Acts in ${where}, ${inTheNameOf(by, you)}. Used by ${users(choice, whose, space) ?? "nobody"}.`;
}

const inTheNameOf = (by: string | null, you: string): string =>
  by === you ? "in your name" : by === null ? "in nobody's name" : `in the name of ${by}`;

/** As whom the person acts, and where; null where nobody is connected, or can say. */
export function actsAs(grants: Grants | null, you: string): string | null {
  if (!grants?.acts_as) return null;
  const who = grants.acts_as === you ? "you" : grants.acts_as;
  const where = grants.workspace?.name ? ` in ${grants.workspace.name}` : "";
  const by = grants.serves_you === "shared" ? ", by the team's connection" : "";
  return `Acts as ${who}${where}${by}`;
}

/** Which workspace is connected, and to which space, as far as that can be said. */
export function connectedWords(workspace: string | null, space: string | null): string {
  const what = workspace ? `The workspace ${workspace}` : "Notion";
  return space ? `${what} is connected to ${space}.` : `${what} is connected.`;
}

/** What somebody who has just made a connection is told; ``what`` is that by ``connectedWords``. */
export function madeWords(made: { whose: Whose; choice: Choice } | null, what: string): string {
  if (made?.whose === "personal") return `${what} Only you act with it, in your own name.`;
  switch (made?.choice.mode) {
    case undefined:
      return what;
    case "shared":
      return `${what} Every member of the space can use it now.`;
    case "personal_else_shared":
      return `${what} Every member who has not connected their own can use it now.`;
    case "personal":
      return made?.choice.service_tokens_use_shared
        ? `${what} The space's service tokens, machines and workloads can use it now; people use their own.`
        : `${what} Nobody uses it: people use their own, and service tokens, machines and workloads reach nothing.`;
  }
}
