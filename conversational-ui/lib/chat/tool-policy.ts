import type { NotionTool, ToolKind } from "@/lib/chat/tool";

/** The stricter ones behind. */
export const RULES = ["allow", "ask", "block"] as const;
export type Rule = (typeof RULES)[number];

/** What a person chose for the tools of a space. Kept in the browser; ``rules`` has only what differs. */
export interface ToolPolicy {
  rules: Record<string, Rule>;
  /** Nothing that changes the workspace is offered or run. */
  readOnly: boolean;
}

export const NO_POLICY: ToolPolicy = { rules: {}, readOnly: false };

type Judged = Pick<NotionTool, "name" | "kind" | "space">;

/** Reading needs no question; everything else does. */
export const defaultRule = (kind: ToolKind): Rule => (kind === "read" ? "allow" : "ask");

/** The stricter of what the person chose and of the space's policy. */
export function ruleFor(tool: Judged, { rules, readOnly }: ToolPolicy): Rule {
  if (readOnly && tool.kind !== "read") return "block";
  return stricter(ownRule(tool, { rules }), tool.space ?? "allow");
}

/** What the person chose, or what holds where they have chosen nothing. */
export function ownRule(
  { name, kind }: Pick<Judged, "name" | "kind">,
  { rules }: Pick<ToolPolicy, "rules">,
): Rule {
  const own = Object.hasOwn(rules, name) ? rules[name] : undefined;
  return own ?? defaultRule(kind);
}

/** Whether a person may choose it within the space's policy. */
export const isOpen = (tool: Judged, rule: Rule): boolean =>
  stricter(rule, tool.space ?? "allow") === rule;

const stricter = (one: Rule, other: Rule): Rule =>
  RULES.indexOf(one) >= RULES.indexOf(other) ? one : other;

/** The policy with one tool's rule changed; the default is not kept, so that it can change later. */
export function withRule(
  policy: ToolPolicy,
  tool: Pick<Judged, "name" | "kind">,
  rule: Rule,
): ToolPolicy {
  const rules = { ...policy.rules };
  if (rule === defaultRule(tool.kind)) delete rules[tool.name];
  else rules[tool.name] = rule;
  return { ...policy, rules };
}

export function isToolPolicy(value: unknown): value is ToolPolicy {
  if (typeof value !== "object" || value === null) return false;
  const { rules, readOnly } = value as Partial<ToolPolicy>;
  return (
    typeof readOnly === "boolean" &&
    typeof rules === "object" &&
    rules !== null &&
    Object.values(rules).every((rule) => RULES.includes(rule))
  );
}
