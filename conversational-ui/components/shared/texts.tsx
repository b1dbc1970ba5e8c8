import type { ReactNode } from "react";

/** What people read of conversations that are shared. */

// shared-messages
export const notRun = "not run";
export const outcomeNotKnown = "outcome not known";
export const thisAnswerWasStopped = "This answer was stopped.";
export const thisAnswerBroke = "This answer broke off, or was not finished when it was shared.";
export const theModelStopped = "The model stopped here: its answer got too long.";
export const sharedConversation = "Shared conversation";
export const asked = "Asked: ";
export const answered = "Answered: ";

// stop-sharing
export const stopSharing = "Stop sharing";
export const stopSharingThis = "Stop sharing this conversation?";
export const itsLinkIsDeadThen =
  "Its link is dead then, for everybody. Whoever shared it keeps the conversation, and can share it again.";

// page
export const sharedWithBy = (space: string) => `Shared with ${space} by `;
export const toReadWhatWasSaid = (sharedAt: ReactNode) => (
  <>{sharedAt}, to read. What was said later is not in it.</>
);
export const you = "you";
