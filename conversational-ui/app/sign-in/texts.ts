/** What people read where they sign in. */

// page
export const signIn = "Sign in";
export const notionMcpGateway = "Notion MCP Gateway";
export const connectYourTeams = "Connect your team's Notion once, and work with it in a chat.";
export const continueWith = (oidc: string) => `Continue with ${oidc}`;
export const yourName = "Your name";
export const thisIsADemonstration =
  "This is a demonstration: there is no password, and any name will do.";
export const mona = "Mona";
