import type { ReactNode } from "react";

/** What people read of webhooks. */

// webhook-row
export const addedBy = (createdBy: ReactNode, createdAt: ReactNode) => (
  <>
    {" "}
    · added by {createdBy}, {createdAt}
  </>
);
export const sendTestTo = (url: string) => `Send test to ${url}`;
export const sendTest = "Send test";
export const messagesTo = (url: string) => `Messages to ${url}`;
export const messages = "Messages";
export const removeNamed = (url: string) => `Remove ${url}`;
export const remove = "Remove";
export const nothingWasTold = "Nothing was told yet.";
export const newestMessage = "Newest message ";

// webhooks-card
export const theWebhookIsRemoved = "The webhook is removed";
export const nothingIsSentThere = "Nothing is sent there any more.";
export const webhooks = "Webhooks";
export const aProgramOfYours =
  "A program of yours is told in time before Notion ends the connection, and whenever it begins, ends, or somebody leaves the space.";
export const addWebhook = "Add webhook";
export const thereIsNoneYet = "There is none yet.";
export const removeThisWebhook = "Remove this webhook?";
export const itsSecretAndIts =
  "Its secret and its messages are deleted, also those that are still to be sent. This cannot be taken back.";
