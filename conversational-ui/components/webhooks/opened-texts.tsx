import type { ReactNode } from "react";

/** What people read of webhooks, in what is loaded when it is opened. */

// messages-dialog
export const messages = "Messages";
export const theNewestFirst = "The newest first. What fails is sent again for three days.";
export const refresh = "Refresh";
export const lookingForMessages = "Looking for messages…";
export const nothingWasTold = "Nothing was told yet. Tests are not listed.";
export const theMessageIsSent = "The message is sent once more";
export const once = "once";
export const times = (attempts: number) => `${attempts} times`;
export const tried = (what: string) => ` · tried ${what}`;
export const last = (attemptedAt: ReactNode) => <>, last {attemptedAt}</>;
export const nextTry = (nextAttemptAt: ReactNode) => <> · next try {nextAttemptAt}</>;
export const sendAgainNamed = (event: string) => `Send again: ${event}`;
export const sendAgain = "Send again";
export const whatIsSent = "What is sent";
export const message = "Message";
export const webhookId = (deliveryId: string) => `webhook-id: ${deliveryId}`;

// new-webhook-dialog
export const addAWebhook = "Add a webhook";
export const messagesAreSigned =
  "Messages are signed by Standard Webhooks, for which most languages have a library.";
export const addWebhook = "Add webhook";
export const address = "Address";
export const publicAndBeginning =
  "Public, and beginning with https; a redirect is not followed. Or mailto: and an e-mail address, where the gateway sends mail.";
export const httpsHooksExample = "https://hooks.example.com/notion";
export const whatItIsTold = "What it is told";
export const onlySomeOfIt = "Only some of it";
export const everythingAlsoWhat = "Everything, also what is added later";
export const mailsGoThereFrom = "Mails go there from now on";
export const toSendATestToSee = (url: string) =>
  `To ${url}. Send a test to see whether they arrive.`;
export const done = "Done";
export const copyTheSecretNow = "Copy the secret now";
export const itIsShownThisOnce =
  "It is shown this once. Your receiver checks with it that a message comes from here.";
export const messagesGoToFrom = (url: ReactNode) => (
  <>Messages go to {url} from now on. Send a test to see whether they arrive.</>
);
