import type { ReactNode } from "react";

/** What people read of the chat. */

// app-note
export const notionHasAPage = (uri: ReactNode) => (
  <>
    Notion has a page of its own for this, an MCP App ({uri}). This site does not show such pages
    yet.
  </>
);

// approval
export const itRunsExactlyAs = "It runs exactly as shown, or not at all.";
export const thisTakesAwayWhat = "This takes away what is there. ";
export const thisChangesTheWorkspace = "This changes the workspace. ";
export const theTextIsYours = "The text is yours. ";
export const approve = "Approve";
export const deny = "Deny";
export const editTheText = "Edit the text";
export const approveAndDoNot = "Approve, and do not ask again";
export const theSpacesPolicy = "The space's policy has every call of this tool approved.";
export const useThisText = "Use this text";
export const asItWas = "As it was";

// arguments
export const argumentsIt = "Arguments";
export const theExactCall = "The exact call";

// chat-screen
export const newConversation = "New conversation";
export const thisConversationCannot = "This conversation cannot be kept";
export const yourBrowserGives =
  "Your browser gives this site no room, or another tab still has an older version of it open: close that one. Until then what you write is gone when you leave the page.";
export const keptInThisBrowser = "Kept in this browser only";
export const conversation = "Conversation";
export const readOnly = "Read-only";
export const toolPermissions = "Tool permissions";
export const toolsRunOneByHand = "Tools: run one by hand";
export const tools = "Tools";
export const keyboardShortcuts = "Keyboard shortcuts";

// conversation-list
export const theyAreKeptForYouAlone =
  "They are kept for you alone, on every device that you sign in to.";
export const theyAreKeptInThis = "They are kept in this browser only.";
export const onAllYourDevices = " on all your devices";
export const inThisBrowserAndAtTheGateway =
  " in this browser and, if it was kept there, at the gateway";
export const conversations = "Conversations";
export const allConversations = "All conversations";
export const keepThemOnAllMy = "Keep them on all my devices";
export const whatIShareWithTheSpace = "What I share with the space";
export const deleteAllConversations = "Delete all conversations";
export const searchConversations = "Search conversations";
export const search = "Search";
export const nothingFound = "Nothing found.";
export const thoseOfYourOther = "Those of your other devices are missing.";
export const deleteAllConversationsAsked = "Delete all conversations?";
export const deleteThisConversation = "Delete this conversation?";
export const everyConversationOfYours = (everywhere: string) =>
  `This deletes every conversation of yours in this space${everywhere}. Notion is not changed.`;
export const thisDeletes = (deleting: string, everywhere: string) =>
  `This deletes “${deleting}”${everywhere}. Notion is not changed.`;
export const deleteAll = "Delete all";
export const deleteIt = "Delete";

// conversation-row
export const thisConversationCannotBe = "This conversation cannot be read";
export const tryAgain = "Try again.";
export const yourOtherDevicesDoNot = "Your other devices do not have this yet";
export const theyGetItOnce = (why: string) => `${why} They get it once the gateway can be told.`;
export const thatCouldNotBePinned = "That could not be pinned";
export const thatCouldNotBeRenamed = "That could not be renamed";
export const needsYourApproval = "Needs your approval";
export const needYourApproval = (waiting: number) => `${waiting} need your approval`;
export const waitingForYourApproval = ", waiting for your approval: ";
export const optionsFor = (title: string) => `Options for ${title}`;
export const unpin = "Unpin";
export const pin = "Pin";
export const rename = "Rename";
export const shareWithTheSpace = "Share with the space";
export const exportAsMarkdown = "Export as Markdown";
export const exportAsJson = "Export as JSON";
export const title = "Title";

// empty-state
export const whatWouldYouLike = (space: string) =>
  `What would you like to know about ${space}'s Notion?`;
export const pagesAreLooked =
  "Pages are looked up as you ask. Nothing is changed without your approval.";
export const suggestions = "Suggestions";

// first-view
export const askAboutSNotion = (spaceName: string) => `Ask about ${spaceName}'s Notion`;

// json-block
export const copy = (label: string) => `Copy ${label}`;
export const showMoreOf = (label: string) => `Show more of ${label}`;
export const showMore = "Show more";

// mention-chip
export const file = " (file)";
export const inNotionNewTab = " (in Notion, new tab)";

// message
export const assistant = "Assistant: ";
export const copyAnswer = "Copy answer";
export const asMarkdown = "As Markdown";
export const writeAgain = "Write again";

// model-badge
export const thisDemonstrationsModel =
  "This demonstration's model follows rules and understands nothing. Plain requests work: find, summarise, create, change.";
export const model = "Model: ";
export const scriptedDemo = "Scripted demo";
export const demoModel = " model";

// not-here
export const thisConversationCannotBeOpened = "This conversation cannot be opened just now";
export const thereIsNoSuch = "There is no such conversation";
export const noConversationOfYours =
  "No conversation of yours has this address: it was deleted, it is somebody else's, or it was kept in another browser only.";
export const thisConversationBelongs = "This conversation belongs to another space";
export const itWasHeldInWithThatSpaces = (other: string, space: string) =>
  `It was held in ${other}, with that space's Notion. You are in ${space}.`;
export const itWasHeldInASpace = "It was held in a space that you do not belong to any more.";
export const openItIn = (other: string) => `Open it in ${other}`;
export const newConversationIn = (space: string) => `New conversation in ${space}`;

// question
export const you = "You: ";
export const editTheQuestion = "Edit the question";
export const edit = "Edit";
export const theQuestionInOther = "The question in other words";
export const cancel = "Cancel";
export const askAgain = "Ask again";

// source-chips
export const sources = "Sources";
export const source = "Source ";
export const showFewer = "Show fewer";
export const more = (value: number) => `${value} more`;

// tool-card
export const details = "Details";
export const theToolGaveNoReason = "The tool gave no reason.";
export const itMayHaveBeenDone = "It may have been done: look at the page first.";
export const runItAgain = "Run it again";
export const error = "Error";
export const requestIdRequestId = (requestId: string) => `Request id ${requestId}`;
export const step = (progress: number) => `Step ${progress}`;
export const ofIt = (progress: number, total: number) => `${progress} of ${total}`;
export const progress = "Progress";

// tool-result
export const result = "Result";
export const text = "Text";
export const empty = "(empty)";

// version-switch
export const versionsOfThis = (what: string) => `Versions of this ${what}`;
export const theBefore = (what: string) => `The ${what} before`;
export const ofItValue = (value: number, count: number) => `${value} of ${count}`;
export const theNext = (what: string) => `The next ${what}`;

// attach-button
export const fileForNotion = "File for Notion";
export const attachAFile = "Attach a file";
export const attachAFileOfAtMost = (mostBytes: string) => `Attach a file of at most ${mostBytes}`;

// composer
export const pastedTextTxt = "Pasted text.txt";
export const mentioned = "Mentioned";
export const message = "Message";
export const askAboutSNotionSpace = (space: string) => `Ask about ${space}'s Notion`;
export const aMessageHasCharacters = (limit: string, missing: string) =>
  `A message has ${limit} characters at most: the last ${missing} of what you pasted are left out. `;
export const attachTheWhole = "Attach the whole text as a file";
export const putTheWholeText = "Put the whole text into a page in Notion and ask about that.";
export const enterSendsShift =
  "Enter sends, Shift and Enter begin a new line, an at sign mentions a page, Escape stops an answer.";
export const stop = "Stop";
export const send = "Send";

// conversation-end
export const lookingWhetherMore = "Looking whether more is coming…";
export const beingAnswered = "Being answered…";
export const beingAnsweredInAnother = "Being answered in another tab…";
export const continueIt = "Continue";
export const tryAgainNow = "Try again";
export const thinking = "Thinking…";
export const writing = "Writing…";

// conversation
export const goOnFromWhereYouStopped = "Go on from where you stopped.";
export const thisWasDecidedBefore = "This was decided before";
export const anotherTabOrDevice =
  "Another tab or device of yours has answered it. What you said now did nothing.";

// use-deciding
export const thePersonDenied = "The person denied this call.";

// first-steps
export const firstStepsIn = (space: string) => `First steps in ${space}`;
export const hide = "Hide";
export const theFirstSteps = " the first steps";
export const stepIsDone = ", done";

// markdown
export const citedSource = ", source ";
export const done = "Done";
export const toDo = "To do";
export const image = (alt: string | undefined) => `[Image${alt ? `: ${alt}` : ""}]`;

// to-the-end
export const scrollToTheEnd = "Scroll to the end";

// use-mentions
export const connectNotionToMention = "Connect Notion to mention its pages.";
export const searchingNotion = "Searching Notion…";
export const onePage = "1 page";
export const pages = (count: number) => `${count} pages`;
export const theArrowKeysChoose = (count: string) =>
  `${count}: the arrow keys choose, Enter mentions.`;
export const typeAPagesTitle = "Type a page's title.";
export const noPageIsFoundForThis = "No page is found for this.";

// layout
export const chat = "Chat";
