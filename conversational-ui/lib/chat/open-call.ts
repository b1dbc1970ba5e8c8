import type { ToolPart } from "@/lib/chat/tool-state";

/** A call whose end was not seen: it was being written, waited, or ran. */
export const isOpen = (part: ToolPart): boolean =>
  part.state === "input-streaming" ||
  part.state === "input-available" ||
  part.state === "approval-requested" ||
  (part.state === "approval-responded" && part.approval.approved) ||
  (part.state === "output-available" && part.preliminary === true);
