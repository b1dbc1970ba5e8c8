/** What people read where a consent ends. */

// consent-end-card
export const finishingTheConnection = "Finishing the connection…";
export const alreadyConnected = "Already connected";
export const notConfirmedYet = "Not confirmed yet";
export const tryAgain = "Try again";
export const nothingToFinish = "Nothing to finish here";
export const thisPageOnlyEnds =
  "This page only ends a connection that was just begun. The integrations page shows how things stand.";
export const showIntegrations = "Show integrations";
export const mcpConnected = "MCP connected";
export const goToTheChat = "Go to the chat";
export const continueIt = "Continue";
export const backToIntegrations = "Back to integrations";
export const backToTheChat = "Back to the chat";
export const backToTheTools = "Back to the tools";
export const integrations = "Integrations";

// page
export const notion = "Notion";
