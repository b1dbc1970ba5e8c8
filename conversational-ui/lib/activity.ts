import type { AuditContents, AuditEntry, AuditKeeping } from "@/lib/api-types";
import { loginRefusalWords } from "@/lib/login-refusals";

/** What the page's address asks for: as people type it, unknown members left out. */
export interface ActivityFilter {
  user: string;
  /** What a token, a client's login or a machine is listed under. */
  token: string;
  tool: string;
  page: string;
  outcome: string;
  /** Why the gateway refused, by its own word; and with whose connection calls were served. */
  reason: string;
  grant: string;
  /** "true": only calls that may have changed something. */
  writing: string;
  /** The first and the last day, in UTC: 2026-11-29. */
  since: string;
  until: string;
  before: string;
}

const NAMES = [
  "user",
  "token",
  "tool",
  "page",
  "outcome",
  "reason",
  "grant",
  "writing",
  "since",
  "until",
  "before",
] as const;
const MAX_CHARACTERS = 1024;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MILLISECONDS = 86_400_000;

const isDay = (text: string) => DAY.test(text) && !Number.isNaN(Date.parse(text));

/** Of an address's query; a name that stands there twice counts as the first one. */
export function filterOf(query: Record<string, string | string[] | undefined>): ActivityFilter {
  const found = NAMES.map((name) => {
    const given = query[name];
    const text = (Array.isArray(given) ? given[0] : given) ?? "";
    const asked = text.trim().slice(0, MAX_CHARACTERS);
    const isOdd =
      ((name === "since" || name === "until") && !isDay(asked)) ||
      (name === "grant" && asked !== "shared" && asked !== "personal") ||
      (name === "writing" && asked !== "true");
    return [name, isOdd ? "" : asked];
  });
  return Object.fromEntries(found) as ActivityFilter;
}

/** For addresses: only what is set. */
export function queryOf(filter: Partial<ActivityFilter>): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ""));
}

/** For the gateway, which goes by moments: the whole of the last day counts. */
export function askedOf({ since, until, ...filter }: ActivityFilter): Record<string, string> {
  const dayAfter = until && new Date(Date.parse(until) + DAY_MILLISECONDS).toISOString();
  return {
    ...queryOf(filter),
    ...(since && { since: new Date(since).toISOString() }),
    ...(dayAfter && { until: dayAfter }),
  };
}

/** ``before`` only leads to another page of the same. */
export function isFiltered(filter: ActivityFilter): boolean {
  return NAMES.some((name) => name !== "before" && filter[name] !== "");
}

/** ``notion-update-page`` is "Update page"; other servers' names stay as they are. */
export function toolLabel(tool: string): string {
  const words = tool.replace(/^notion-/, "").replaceAll("-", " ");
  return words === tool || words === ""
    ? tool || "no tool"
    : words[0]?.toUpperCase() + words.slice(1);
}

export interface Ending {
  tone: "good" | "bad" | "plain";
  text: string;
}

const ENDINGS: Record<string, string> = {
  client_left: "Left before the answer",
  aborted_upstream: "Notion broke off",
  access_ended: "Access ended",
  stopped: "Gateway stopped",
};
/** Why the gateway refuses a call, in words; what people can filter by. */
export const REFUSALS: Record<string, string> = {
  tool_not_allowed: "Not allowed for this token",
  blocked_by_policy: "Blocked by the space's policy",
  approval_required: "Needed a person's approval",
  call_unclear: "Unclear what was called",
  policy_unreadable: "The space's policy is unreadable",
  not_connected: "Not connected to Notion",
  reconnect_required: "Has to be connected again",
  connect_your_own: "Their own Notion was not connected",
  service_token_not_served: "No connection for service tokens",
  too_many_requests: "Too many calls",
  budget_exhausted: "Notion takes no more calls just now",
  request_too_large: "Larger than the gateway takes",
  request_timeout: "Did not arrive in time",
  invalid_request: "Could not be read",
  session_unknown: "The session had ended",
  refresh_unavailable: "The connection could not be renewed",
  upstream_timeout: "Notion did not answer in time",
  upstream_unreachable: "Notion could not be reached",
};
/** Of what no person or program can mend; its request id leads to it in the gateway's log. */
const OTHER_REFUSAL = "Failed in the gateway";
const FIRST_FAULT = 400;

/** How a call or a login ended, in words. What a tool reports inside its answer is not known here. */
export function ending({ kind, outcome, reason, status }: AuditEntry): Ending {
  if (kind === "login") return { tone: "bad", text: `Refused: ${loginRefusalWords(reason)}` };
  if (reason) return { tone: "bad", text: REFUSALS[reason] ?? OTHER_REFUSAL };
  const words = ENDINGS[outcome];
  if (words) return { tone: "bad", text: words };
  if (status >= FIRST_FAULT) return { tone: "bad", text: `Notion answered ${status}` };
  return { tone: "good", text: "Answered" };
}

/** What was called; of a call that was refused before its body was read, nobody can say. */
export function calledWords({ kind, tool, reason, asked_bytes }: AuditEntry): string {
  if (kind === "login") return "Login";
  return tool === "" && reason !== "" && asked_bytes === 0
    ? "A call that was not read"
    : toolLabel(tool);
}

/** With whose connection a call went to Notion; empty where it did not. */
export function grantWords({ grant, user_id }: AuditEntry, showsPerson: boolean): string {
  if (grant === "shared") return "The team's";
  if (grant === "personal") return showsPerson ? `${user_id}'s own` : "Your own";
  return "";
}

/** So many bytes, as people say it. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** How long a call took, as people say it. */
export function durationWords(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}

/** Notion opens a page by its id alone. */
export const pageAddress = (id: string) => `https://www.notion.so/${id.replaceAll("-", "")}`;

/** For how long calls are kept; 0 days are for ever. */
export function keptWords(days: number): string {
  if (days === 0) return "for ever";
  return `for ${days} ${days === 1 ? "day" : "days"}`;
}

/** How long calls are kept, and what of them; ``keeping`` is null where nobody could say. */
export function recordedWords(keeping: AuditKeeping | null, contents: AuditContents): string {
  const kept = keeping === null ? "" : `Calls are kept ${keptWords(keeping.days)}. `;
  const said = [contents.arguments && "arguments", contents.results && "results"].filter(Boolean);
  if (said.length === 0) return `${kept}What is said in them is not recorded.`;
  const by = contents.set_by === null ? "" : `, as ${contents.set_by} has set`;
  return `${kept}Their ${said.join(" and ")} are recorded${by}, without what looks like a credential.`;
}

/** JSON as it was recorded, easier to read; as it is where it was cut. */
export function indented(recorded: string): string {
  try {
    return JSON.stringify(JSON.parse(recorded), null, 2);
  } catch {
    return recorded;
  }
}
