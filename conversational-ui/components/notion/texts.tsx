import type { ReactNode } from "react";

/** What people read of the connection to Notion. */

// connection-days
export const lastDays = (count: number, words: string) => `Last ${count} days: ${words}`;

// connection-mark
export const notionNamed = (view: string) => `Notion: ${view}`;

// connections
export const teamsConnection = "Team's connection";
export const notion = "Notion";
export const yours = "Yours";

// expiry
export const reconnectNow = "Reconnect now";
export const consentEnds = "Consent ends";
export const endsUnlessRenewed = "Ends unless renewed";
export const lastCall = "Last call";
export const noneYet = "none yet";
export const idleLimit =
  "Notion counts its 30 days from the last renewal, not from calls. The gateway renews by itself, also where nobody calls.";
export const lastRenewal = "Last renewal";
export const notYet = "not yet";

// grants-button
export const changeWhoseNotion = "Change whose Notion is used";
export const change = "Change";

// grants-card
export const whoseNotionIsUsed = "Whose Notion is used";
export const chosenBy = (chosenBy: ReactNode, chosenAt: ReactNode) => (
  <>
    Chosen by {chosenBy}, {chosenAt}
  </>
);

// history
export const history = "History";
export const earlier = (value: number) => `${value} earlier`;
export const notionGatewayEvents = "notion-gateway events";
export const whatHappenedBefore = (part: ReactNode) => (
  <>What happened before that, {part} shows.</>
);

// notion-integration
export const lastVerified = (at: ReactNode) => <>Last verified {at}</>;
export const details = "Details";
export const checkAgain = "Check again";
export const connect = "Connect";
export const reconnect = "Reconnect";
export const onlyAnOwnerOfThis =
  "Only an owner of this space can connect it. Ask one of them: they are listed under Members.";
export const notionMcp = "Notion MCP";

// page
export const integrations = "Integrations";
export const whatWorksWith = (space: string) => `What ${space} works with.`;
