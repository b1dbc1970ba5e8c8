import type { NotionTool, ToolKind } from "@/lib/chat/tool";

export const RULES = ["allow", "ask", "block"] as const;
export type Rule = (typeof RULES)[number];

/** What a person chose for the tools of a space. Kept in the browser; ``rules`` has only what differs. */
export interface ToolPolicy {
  rules: Record<string, Rule>;
  /** Nothing that changes the workspace is offered or run. */
  readOnly: boolean;
}

export const NO_POLICY: ToolPolicy = { rules: {}, readOnly: false };

type Judged = Pick<NotionTool, "name" | "kind">;

/** Reading needs no question; everything else does. */
export const defaultRule = (kind: ToolKind): Rule => (kind === "read" ? "allow" : "ask");

export function ruleFor({ name, kind }: Judged, { rules, readOnly }: ToolPolicy): Rule {
  if (readOnly && kind !== "read") return "block";
  return Object.hasOwn(rules, name) ? (rules[name] ?? defaultRule(kind)) : defaultRule(kind);
}

/** The policy with one tool's rule changed; the default is not kept, so that it can change later. */
export function withRule(policy: ToolPolicy, tool: Judged, rule: Rule): ToolPolicy {
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
