/** What people read of the pages of tools, resources and prompts, in what is loaded when it is opened. */

// call-history
export const history = "History";
export const yourLatestCalls = "Your latest calls, kept in this browser until you sign out.";
export const clearHistory = "Clear history";
export const argumentsIt = "Arguments";
export const fillInAgain = "Fill in again";
export const thisWasTooLarge = "This was too large to be kept. Run it again to see its result.";

// finished-call
export const tryAgain = "Try again";
export const after = (milliseconds: string, served: string) => `after ${milliseconds}${served}`;

// json-arguments
export const argumentsAsJson = "Arguments as JSON";

// raw-messages
export const rawMessages = (count: number) => `Raw messages: ${count}`;
export const sent = "Sent";
export const received = "Received";
export const copyAsCurl = "Copy as curl";
export const copyAsCommand = "Copy as command";

// resource-address
export const address = "Address";
export const putWhatYouWant = "Put what you want in the place of the parts in braces.";
export const read = "Read";

// tool-runner
export const theFormHasNoPlace = "The form has no place for some of this.";
export const cancel = "Cancel";
export const run = "Run";
export const runAndChangeTheWorkspace = "Run and change the workspace";
export const editAsJson = "Edit as JSON";
export const backToTheForm = "Back to the form";
export const running = "Running…";
export const blockedByYourTool = "Blocked by your tool permissions.";
export const progress = "Progress";
export const result = "Result";
export const schema = "Schema";
export const inputSchema = "Input schema";
export const step = (progress: number) => `Step ${progress}`;
export const ofIt = (progress: number, total: number) => `${progress} of ${total}`;

// json-field
export const malformed = "malformed";
export const thisIsNotJson = (what: string) => `This is not JSON: ${what}`;
export const json = "JSON";

// schema-form
export const add = "Add";
export const leaveOut = "Leave out";

// templates
export const required = "required";
export const item = (value: number) => `Item ${value}`;
export const itTakesNoArguments = "It takes no arguments.";
export const optional = (count: number) => `Optional: ${count}`;
export const removeItem = (value: number) => `Remove item ${value}`;

// widgets
export const formOf = (label: string) => `Form of ${label}`;
export const choose = "Choose…";
export const nothing = "Nothing";
