import type { ReactNode } from "react";

/** What people read in the chat and in the console alike. */

export const read = "Read";
export const write = "Write";
export const destructive = "Destructive";
export const connectYours = "Connect yours";
export const connectIt = "Connect it";
export const reconnect = "Reconnect";
export const connectNotion = "Connect Notion";
export const reconnectNotion = "Reconnect Notion";
export const notionEndedThis = "Notion ended this connection";
export const yourOwnNotionIsNot = "Your own Notion is not connected";
export const isNotConnected = (space: string) => `${space} is not connected to Notion`;
export const yourMessageIsThen = " Your message is then sent again.";
export const withOneClickNotion = (begin: string, what: string) =>
  `${begin} with one click: Notion asks you, and you come back here.${what}`;
export const connect = "connect";
export const toReconnect = "reconnect";
export const yourMessageStays = " Your message stays here.";
export const anOwnerOfCanItUnder = (space: string, what: string, what2: string) =>
  `An owner of ${space} can ${what} it under Integrations.${what2}`;
export const details = "Details";
export const requestId = (detail: ReactNode, requestId: ReactNode) => (
  <>
    {detail} Request id {requestId}
  </>
);
export const copyRequestId = "Copy request id";
export const isNotAskedAbout = (tool: string) => `“${tool}” is not asked about any more`;
export const forYouInThisSpace =
  "For you in this space, in this browser. What takes something away is asked about still.";
export const undo = "Undo";
export const isAskedAboutAgain = (tool: string) => `“${tool}” is asked about again`;
