import type { NotionStatus } from "@/lib/api-types";

type Budget = NonNullable<NotionStatus["budget"]>;

/** What Notion grants a connection, in words. */
export interface BudgetView {
  tone: "calm" | "busy";
  title: string;
  text: string;
  used: string;
}

const REASONS: Record<string, string> = {
  per_connection: "this connection",
  per_workspace: "its workspace",
  service_overload: "everybody, because it is overloaded",
};

/** Notion's word for a limit is its own: an unknown one is not repeated. */
const whose = (reason: string | null): string =>
  (reason !== null && Object.hasOwn(REASONS, reason) && REASONS[reason]) || "this connection";

const seconds = (budget: Budget): string =>
  budget.window_seconds === 60 ? "a minute" : `${Math.round(budget.window_seconds)} seconds`;

export function budgetView(budget: Budget): BudgetView {
  const limit =
    budget.limit === null
      ? "How many it grants is not known yet."
      : `It grants about ${budget.limit} in ${seconds(budget)}.`;
  const used = budget.limit === null ? `${budget.used}` : `${budget.used} of about ${budget.limit}`;
  return budget.is_paced
    ? {
        tone: "busy",
        title:
          budget.waiting > 0
            ? `${budget.waiting} ${budget.waiting === 1 ? "call waits" : "calls wait"} for a turn`
            : "Calls take turns",
        text: `Notion has refused calls of ${whose(budget.reason)} for their number. ${limit} Turns are shared among people first, then among their tokens and clients.`,
        used,
      }
    : {
        tone: "calm",
        title: "Nothing waits now",
        text: `Notion refused calls of ${whose(budget.reason)} for their number, and takes them again. ${limit}`,
        used,
      };
}
