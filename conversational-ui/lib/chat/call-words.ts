import type { ToolState } from "@/lib/chat/tool-state";

/** What has become of a call, in a word or two. */
export const CALL_WORDS: Record<ToolState, string> = {
  preparing: "Preparing",
  waiting: "Needs your approval",
  running: "Running",
  unknown: "Outcome not known",
  held: "Approved, not run yet",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  denied: "Denied",
};
