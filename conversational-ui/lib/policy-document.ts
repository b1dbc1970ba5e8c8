import type { JudgedTool, SpacePolicy } from "@/lib/api-types";
import type { Preset } from "@/lib/space-policy";

export const EFFECTS = ["allow", "ask", "block"] as const;
export type Effect = (typeof EFFECTS)[number];

/** A rule about arguments: one form of those in docs/policy.md. */
export interface ArgumentRule {
  tool: string;
  path: string;
  then: Exclude<Effect, "allow">;
  name?: string | null;
  is?: unknown;
  in?: unknown[] | null;
  not_in?: unknown[] | null;
  is_present?: boolean | null;
  contains?: string | null;
  outside_pages?: string[] | null;
}

export interface ByKind {
  reading: Effect;
  writing: Effect;
}

interface Rules {
  tools?: Record<string, Effect>;
  otherwise?: ByKind | null;
  new_tools?: ByKind | null;
  arguments?: ArgumentRule[];
}

export interface CallerRules extends Rules {
  token?: string | null;
  client?: string | null;
  any_token?: true | null;
  preset?: Preset;
}

/** A policy in the form of docs/policy.schema.json, which the gateway has read and found good. */
export interface PolicyDocument extends Rules {
  version: 1;
  preset: Preset;
  seen_tools?: string[];
  callers?: CallerRules[];
}

/** Where the first policy of a space begins. */
const FIRST: PolicyDocument = { version: 1, preset: "everything" };

export const documentOf = ({ policy }: Pick<SpacePolicy, "policy">): PolicyDocument =>
  policy === null ? FIRST : (policy as unknown as PolicyDocument);

/** As owners edit it. */
export const textOf = (document: PolicyDocument): string => JSON.stringify(document, null, 2);

/**
 * The document with one tool set. What the tool would get anyway is not kept, so that it follows
 * the preset; a new tool that is set has been seen.
 */
export function withTool(
  document: PolicyDocument,
  { tool, inherited, is_new }: Pick<JudgedTool, "tool" | "inherited" | "is_new">,
  effect: Effect,
): PolicyDocument {
  const { [tool]: _, ...others } = document.tools ?? {};
  const tools = effect === inherited ? others : { ...others, [tool]: effect };
  const next: PolicyDocument = { ...document, tools };
  if (Object.keys(tools).length === 0) delete next.tools;
  if (!is_new) return next;
  // A new tool that is no longer set is new again: one that was seen would get something else.
  const seen = (document.seen_tools ?? []).filter((one) => one !== tool);
  if (effect !== inherited) seen.push(tool);
  next.seen_tools = seen;
  if (seen.length === 0) delete next.seen_tools;
  return next;
}

/** How many tools two documents set differently. */
export function toolsChanged(before: PolicyDocument, after: PolicyDocument): number {
  return changedNames(before.tools, after.tools).length;
}

export function changedNames(
  before: Record<string, Effect> = {},
  after: Record<string, Effect> = {},
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}

/** The line that a refusal of the gateway names, from 1; null where it names none. */
export function lineOf(detail: string | null): number | null {
  const told = /^Line (\d{1,6}): /.exec(detail ?? "");
  return told ? Number(told[1]) : null;
}

/** Where a line of a text begins and ends, for selecting it. */
export function rangeOfLine(text: string, line: number): [number, number] {
  const lines = text.split("\n");
  const index = Math.min(Math.max(line, 1), lines.length) - 1;
  const begin = lines.slice(0, index).reduce((sum, one) => sum + one.length + 1, 0);
  return [begin, begin + (lines[index]?.length ?? 0)];
}
