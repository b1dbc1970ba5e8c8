/** What people read of what stands around every page, in what is loaded when it is opened. */

// drawer
export const menu = "Menu";

// palette
export const findOrGoTo = "Find or go to";
export const typeToFindPages =
  "Type to find pages, conversations and spaces. Up and down choose one, Enter opens it.";
export const found = "Found";
export const nothingFound = "Nothing found.";
export const pages = "Pages";
export const doIt = "Do";
export const keyboardShortcuts = "Keyboard shortcuts";
export const spaces = "Spaces";
export const newConversation = "New conversation";
export const chat = "Chat";
export const conversations = "Conversations";

// person-menu
export const asTheSystem = "As the system";
export const light = "Light";
export const dark = "Dark";
export const yourAccountName = "Your account name";
export const appearance = "Appearance";
export const signOut = "Sign out";

// sign-out-dialog
const them = (count: number) => (count === 1 ? "it" : "them");
export const conversationsStay = (count: number) =>
  count === 1
    ? "1 conversation stays in this browser"
    : `${count} conversations stay in this browser`;
export const whatBecomesOf = (count: number) =>
  `${count === 1 ? "It is" : "They are"} kept in this browser only, or could not be sent to the gateway as ${count === 1 ? "it is" : "they are"} here. Left here, you find ${them(count)} when you sign in again, and whoever uses this computer can read ${them(count)}. All other conversations and what you have not sent go from this browser.`;
export const staySignedIn = "Stay signed in";
export const deleteAndSignOut = (count: number) => `Delete ${them(count)} and sign out`;
export const leaveAndSignOut = (count: number) => `Leave ${them(count)} and sign out`;

// space-menu
export const yourSpaces = "Your spaces";
export const newSpace = "New space";

// space-name
export const notionWorkspace = "Notion workspace: ";

// space-search
export const searchYourSpaces = "Search your spaces";
