/** What people read of the pages of tools, resources and prompts. */

// console-frame
export const tools = "Tools";
export const runAToolOfThis = "Run a tool of this Notion by hand.";
export const resources = "Resources";
export const documentsThatNotion =
  "Documents that Notion gives to programs, such as how its markdown is written.";
export const prompts = "Prompts";
export const questionsThatNotion = "Questions that Notion suggests to models.";
export const whatNotionOffers = "What Notion offers";
export const askingNotionFor = (what: string) => ` Asking Notion for ${what}…`;
export const tryAgain = "Try again";

// console-screen
export const itsTools = "its tools";
export const allTools = "All tools";
export const chooseAToolToSee = "Choose a tool to see its form.";
export const readOnly = "Read-only";
export const runNothingThatChanges = "Run nothing that changes the workspace.";
export const blocked = "Blocked";

// no-model
export const chat = "Chat";
export const theModelIsNotSet =
  "The model is not set up completely, so there is no chat; this site's log says what is missing.";
export const noModelIsSetUp =
  "No model is set up, so there is no chat. Whoever runs this site can set one up.";
export const notionsToolsWork =
  "Notion's tools work all the same: choose one, fill in its form, run it.";
export const openTheTools = "Open the tools";

// picker
export const filter = (plural: string) => `Filter ${plural}`;
export const filterCount = (count: number, plural: string) => `Filter ${count} ${plural}`;
export const nothingAmongMatches = (plural: string) => `Nothing among ${plural} matches that.`;

// prompts-screen
export const itsPrompts = "its prompts";
export const thisNotionOffers = "This Notion offers no prompts.";
export const allPrompts = "All prompts";
export const chooseAPromptToSee = "Choose a prompt to see what it asks for.";
export const getThePrompt = "Get the prompt";
export const itsArgumentsSuit = "Its arguments suit no form.";
export const prompt = "Prompt";
export const assistant = "Assistant";
export const user = "User";

// resources-screen
export const itsResources = "its resources";
export const thisNotionOffersNo = "This Notion offers no resources.";
export const allResources = "All resources";
export const chooseAResource = "Choose a resource to read it.";
export const template = "Template";
export const app = "App";
export const thisIsAPageOfTheServers =
  "This is a page of the server's own (an MCP App). This site does not show such pages yet.";
export const thisResource = "this resource";
export const content = "Content";
export const itIsEmpty = "It is empty.";
export const notTextNotShown = "Not text, not shown";
export const text = "Text";
export const empty = "(empty)";

// loading-form
export const loadingTheForm = " Loading the form…";
