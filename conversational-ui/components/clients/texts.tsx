import type { ReactNode } from "react";

/** What people read of the page that connects a client. */

// connect-client
export const theAddress = "The address";
export const copyAddress = "Copy address";
export const giveItToYourClient =
  "Give it to your client. It opens a page in your browser: sign in, choose what it may do, and allow it. It then acts in your name; under Gateway tokens you see it and can end it.";
export const thisGatewayRuns =
  "This gateway runs on this machine, so only programs on this machine reach it.";
export const whatToTypeWhere = "What to type where";
export const withoutABrowser = "Without a browser";
export const scriptsAndClients =
  "Scripts, and clients that show no login page, use a gateway token. ";
export const activity = "Activity";
export const whatWasDoneWithEither = (link: ReactNode) => (
  <>What was done with either stands under {link}.</>
);
export const buildsAndNightly = "Builds and nightly jobs act in nobody's name, as machines. ";
export const gatewayTokens = "Gateway tokens";

// page
export const connectAClient = "Connect a client";
export const notionFrom = (space: string) =>
  `Use ${space}'s Notion from Claude, an editor, a terminal or a script.`;
