import type { ReactNode } from "react";

/** What people read of changes of Notion's tools. */

// catalogue-button
export const changesOfNotions = "Changes of Notion's tools, with your own connection";
export const changesOfNotionsTools = "Changes of Notion's tools";
export const changes = "Changes";

// catalogue-card
export const notionsTools = "Notion's tools";
export const withYourOwnConnection = ", with your own connection";
export const lastLooked = (lookedAt: ReactNode) => <> Last looked {lookedAt}.</>;
export const versionWasSeen = (seenVersion: ReactNode, seenBy: ReactNode, seenAt: ReactNode) => (
  <>
    Version {seenVersion} was seen by {seenBy}, {seenAt}
  </>
);
