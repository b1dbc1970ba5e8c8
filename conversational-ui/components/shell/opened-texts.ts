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

// space-menu
export const yourSpaces = "Your spaces";
export const newSpace = "New space";

// space-name
export const notionWorkspace = "Notion workspace: ";

// space-search
export const searchYourSpaces = "Search your spaces";
