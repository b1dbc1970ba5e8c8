/** What people read of what stands around every page. */

// going
export const opening = (going: string) => `Opening ${going}…`;

// phone-buttons
export const findOrGoTo = "Find or go to";
export const openMenu = "Open menu";

// sidebar
export const skipToContent = "Skip to content";
export const notionMcpGateway = "Notion MCP Gateway";
export const chat = "Chat";
export const tools = "Tools";
export const integrations = "Integrations";
export const members = "Members";
export const connectAClient = "Connect a client";
export const gatewayTokens = "Gateway tokens";
export const activity = "Activity";
export const invitations = "Invitations";
export const pages = "Pages";

// switch-button
export const spacesNotLoaded = "Spaces not loaded yet";
export const waitingForTheGateway = "Waiting for the gateway";
export const spacesNotLoaded2 = "Spaces not loaded";
export const theGatewayDoes = "The gateway does not answer";
export const noSpaceChosen = "No space chosen";
export const noSpaceYet = "No space yet";
export const owner = "Owner";
export const member = "Member";
export const chooseOneToBegin = "Choose one to begin";
export const createOneToBegin = "Create one to begin";
export const space = "Space: ";
export const account = "Account: ";
