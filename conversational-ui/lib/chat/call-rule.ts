import { takesAway } from "@/lib/chat/taking-away";
import type { NotionTool } from "@/lib/chat/tool";
import { type Rule, ruleFor, type ToolPolicy } from "@/lib/chat/tool-policy";

/** The rule for one call: "allow" holds for what takes nothing away, which is asked every time. */
export function ruleForCall(
  tool: Pick<NotionTool, "name" | "kind" | "space" | "takesAway">,
  input: unknown,
  policy: ToolPolicy,
): Rule {
  const rule = ruleFor(tool, policy);
  const isAsked =
    tool.kind !== "read" && takesAway(tool.takesAway, input, tool.kind === "destructive");
  return rule === "allow" && isAsked ? "ask" : rule;
}
