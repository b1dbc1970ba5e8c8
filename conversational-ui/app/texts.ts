/** What people read where a page cannot be shown. */

// error
export const thisPageDidNot = "This page did not work";
export const somethingWentWrong =
  "Something went wrong on this site, not in your Notion. Trying again may help.";
export const reference = (digest: string) => `Reference ${digest}`;
export const tryAgain = "Try again";

// not-found
export const thereIsNothing = "There is nothing here";
export const theAddressMayBe = "The address may be mistyped, or the page was moved.";
export const goToTheChat = "Go to the chat";

// layout
export const notionMcpGateway = "Notion MCP Gateway";
export const sNotionMcpGateway = "%s · Notion MCP Gateway";
export const workWithYourTeams = "Work with your team's Notion, through one connection.";
