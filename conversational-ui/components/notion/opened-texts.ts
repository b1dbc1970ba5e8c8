/** What people read of the connection to Notion, in what is loaded when it is opened. */

// disconnect-dialog
export const disconnectNotion = "Disconnect Notion?";
export const losesItsMcpConnection = (space: string) =>
  `${space} loses its MCP connection at once: in the chat, and for every client with a gateway token.`;
export const notionsTokensForThis =
  "Notion's tokens for this space; they are revoked at Notion, too";
export const disconnectYourOwn = "Disconnect your own Notion?";
export const nothingActsInYourOwn = (space: string) =>
  `Nothing acts in your own name any more in ${space}: neither the chat, nor your clients and gateway tokens.`;
export const notionsTokensOfYourOwn =
  "Notion's tokens of your own connection; they are revoked at Notion, too";
export const disconnectAndDelete = "Disconnect and delete tokens";
export const willBeDeleted = "Will be deleted";
export const theRegistrationThatBelonged = "the registration that belonged to them";
export const stays = "Stays";
export const everythingInNotion = "everything in Notion itself";
export const membersGatewayTokens = "members, gateway tokens, conversations, and this history";
export const theTeamsConnection = "the team's connection";

// grants-dialog
export const itIsChangedWhose = "It is changed whose Notion is used";
export const itHoldsWithinTwo = "It holds within two seconds. Nobody was disconnected.";
export const whoseNotionIsUsed = (space: string) => `Whose Notion is used in ${space}`;
export const pagesAreWritten =
  "Pages are written in the name of whoever connected, with that person's rights. Nobody is disconnected by what you choose.";
export const save = "Save";
export const withWhoseConnection = "With whose connection people act";
export const serviceTokensAct = "Service tokens act with the team's connection";
export const theyBelongToNobody =
  "They belong to nobody in particular. Without this they reach nothing.";
export const whoeverConnectsTheTeams = "Whoever connects the team's Notion reads: ";

// members-grants
export const connected = "connected";
export const reconnectNeeded = "reconnect needed";
export const disconnected = "disconnected";
export const membersOwnConnections = "Members' own connections";
export const readingWhoHasConnected = "Reading who has connected…";
export const first = "First";
export const more = "More";
export const deleteTheirTokens = "Delete their tokens";
export const keep = "Keep";
export const disconnect = (userId: string) => `Disconnect ${userId}`;
export const disconnectMore = "Disconnect…";

// notion-dialog
export const yourOwnConnection = "Your own connection";
export const theConnectionOfThis = "The connection of this space";
export const withNotionsMcp = (what: string) =>
  `${what} with Notion's MCP server. Its tokens are sealed at the gateway; nobody here ever sees them.`;
export const checkNow = "Check now";
export const lastVerified = "Last verified";
export const notYet = "not yet";
export const workspace = "Workspace";
export const notNamedByNotion = "not named by Notion";
export const connectedBy = "Connected by";
export const connected2 = "Connected";
export const accessRenewed = "Access renewed";
export const endedByNotion = "Ended by Notion";
export const toolsNamed = (count: number) => `${count} tools`;
export const tools = "Tools";
export const reads = "reads";
export const mayWrite = "may write";
export const ifYouReconnect = "If you reconnect: ";
export const connect = "Connect";
export const reconnect = "Reconnect";
