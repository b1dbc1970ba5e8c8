import { toolLabel } from "@/lib/activity";
import type { PolicyWarning } from "@/lib/api-types";
import {
  type ArgumentRule,
  type ByKind,
  type CallerRules,
  changedNames,
  type Effect,
  type PolicyDocument,
} from "@/lib/policy-document";
import { WORDS as PRESET_WORDS, type Preset } from "@/lib/space-policy";

export const EFFECT_WORDS: Record<Effect, string> = { allow: "Allow", ask: "Ask", block: "Block" };
const DONE: Record<Effect, string> = { allow: "allowed", ask: "asked about", block: "blocked" };
/** What shows contents by another way than a tool, and is named like one in a policy. */
const METHODS: Record<string, string> = {
  "resources/read": "Read resources",
  "prompts/get": "Get prompts",
  "completion/complete": "Complete what is typed",
};

/** A tool as people read it. */
export const toolTitle = (tool: string): string => METHODS[tool] ?? toolLabel(tool);

/** ``parent.*.id``: "parent › each › id". */
const pathWords = (path: string) =>
  path
    .split(".")
    .map((part) => (part === "*" ? "each" : part))
    .join(" › ");

const quoted = (value: unknown) => JSON.stringify(value);
const listed = (values: readonly unknown[], last = "or") =>
  values.length < 2
    ? values.map(quoted).join("")
    : `${values.slice(0, -1).map(quoted).join(", ")} ${last} ${quoted(values.at(-1))}`;

/** When a rule holds, as the end of a sentence: "where command is "replace_content"". */
export function conditionWords(rule: ArgumentRule): string {
  const where = `where ${pathWords(rule.path)}`;
  if (rule.is_present) return `${where} is given`;
  if (rule.in) return `${where} is ${listed(rule.in)}`;
  if (rule.not_in) return `unless ${pathWords(rule.path)} is ${listed(rule.not_in)}`;
  if (rule.contains != null) return `${where} contains ${quoted(rule.contains)}`;
  if (rule.outside_pages) {
    const pages = rule.outside_pages.length;
    return `unless ${pathWords(rule.path)} is ${pages === 1 ? "this page" : "one of these pages"}: ${rule.outside_pages.join(", ")}`;
  }
  return `${where} is ${quoted(rule.is)}`;
}

/** "blocked where command is "replace_content"". */
export const ruleWords = (rule: ArgumentRule): string =>
  `${DONE[rule.then]} ${conditionWords(rule)}`;

const kindWords = ({ reading, writing }: ByKind) =>
  reading === writing
    ? `all ${DONE[reading]}`
    : `reading ones ${DONE[reading]}, writing ones ${DONE[writing]}`;

/** Who a narrower part is for, and what it says, each as a sentence without its full stop. */
export function callerWords(rules: CallerRules): { who: string; says: string[] } {
  const says: string[] = [];
  if (rules.preset && rules.preset !== "everything") says.push(PRESET_WORDS[rules.preset].title);
  for (const [tool, effect] of Object.entries(rules.tools ?? {})) {
    says.push(`${toolTitle(tool)}: ${DONE[effect]}`);
  }
  if (rules.otherwise) says.push(`Other tools: ${kindWords(rules.otherwise)}`);
  if (rules.new_tools) says.push(`New tools: ${kindWords(rules.new_tools)}`);
  for (const rule of rules.arguments ?? [])
    says.push(`${toolTitle(rule.tool)}: ${ruleWords(rule)}`);
  return {
    who: whoWords(rules),
    says: says.length > 0 ? says : ["Nothing narrower than the space"],
  };
}

function whoWords({ any_token, client, token }: CallerRules): string {
  if (any_token) return "Every gateway token";
  return client ? `The client ${client}` : `The gateway token ${token}`;
}

const WARNINGS: Record<PolicyWarning["reason"], (caller: string) => string> = {
  token_unknown: (caller) => `the space has no token, login or machine ${caller}.`,
  client_unknown: (caller) =>
    `the client ${caller} has no login in the space, and no machine has this id. It holds once one has.`,
};

/** Why a part of the policy holds for nobody. */
export const warningWords = ({ reason, caller }: PolicyWarning): string => WARNINGS[reason](caller);

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const presetTitle = (preset: Preset) => PRESET_WORDS[preset]?.title ?? preset;

/** What one change of a policy changed, in sentences without their full stops; null is none. */
export function changeWords(before: PolicyDocument | null, after: PolicyDocument | null): string[] {
  if (after === null) return ["Removed: whatever the connection allows may be called"];
  const found: string[] = [];
  if (before?.preset !== after.preset) found.push(`Preset: ${presetTitle(after.preset)}`);
  for (const tool of changedNames(before?.tools, after.tools)) {
    const effect = after.tools?.[tool];
    found.push(`${toolTitle(tool)}: ${effect ? DONE[effect] : "as the preset says"}`);
  }
  for (const [member, words] of [
    ["otherwise", "Tools that are not named"],
    ["new_tools", "New tools"],
  ] as const) {
    const now = after[member];
    if (!same(before?.[member] ?? null, now ?? null)) {
      found.push(`${words}: ${now ? kindWords(now) : "as the preset says"}`);
    }
  }
  const seen = after.seen_tools?.filter((tool) => !before?.seen_tools?.includes(tool)) ?? [];
  if (seen.length > 0) found.push(`New tools looked at: ${seen.map(toolTitle).join(", ")}`);
  const rules = { before: before?.arguments ?? [], after: after.arguments ?? [] };
  const without = (some: ArgumentRule[], others: ArgumentRule[]) =>
    some.filter((one) => !others.some((other) => same(one, other)));
  for (const rule of without(rules.after, rules.before)) {
    found.push(`New rule: ${toolTitle(rule.tool)}, ${ruleWords(rule)}`);
  }
  for (const rule of without(rules.before, rules.after)) {
    found.push(`Rule removed: ${toolTitle(rule.tool)}, ${ruleWords(rule)}`);
  }
  if (!same(before?.callers ?? [], after.callers ?? [])) found.push("Rules for tokens changed");
  return found.length > 0 ? found : ["Nothing but its form"];
}
