import type { ReactNode } from "react";

/** What people read of the chat, in what is loaded when it is opened. */

// approval-sheet
export const review = "Review";
export const needsYourApproval = "Needs your approval";

// attach-card
export const itIsUploadedToNotion =
  "It is uploaded to Notion, and stands on no page until you ask for that.";
export const theExactCall = "The exact call";
export const argumentsIt = "Arguments";
export const uploading = "Uploading…";
export const tryAgain = "Try again";
export const uploadToNotion = "Upload to Notion";
export const cancel = "Cancel";
export const leaveItOut = "Leave it out";

// call-form
export const useThis = "Use this";
export const edit = "Edit";
export const asItWas = "As it was";

// change-view
export const aPageBeingLooked = "a page, being looked up…";
export const whatIsThereNow = "What is there now is being read…";
export const whatIsThereNowCannot = "What is there now cannot be shown.";
export const beforeAndAfter = "Before and after";

// leave-dialog
export const thisLeadsToNot = (host: string) => `This leads to ${host}, not to Notion`;
export const whoeverWroteThePage =
  "Whoever wrote the page or the answer chose the words of the link. Do not sign in there unless you know that site.";
export const anybodyCanPublish = " Anybody can publish with Notion under a name of their choice.";
export const stay = "Stay";
export const open = "Open";
export const newTab = " (new tab)";

// mention-list
export const pages = "Pages";

// model-menu
export const model = "Model: ";
export const whoAnswersInThis = "Who answers in this conversation";
export const followsRules = "follows rules";

// permissions-dialog
export const allow = "Allow";
export const ask = "Ask";
export const block = "Block";
export const toolPermissions = "Tool permissions";
export const forYouInInThis = (space: string) =>
  `For you in ${space}, in this browser, within the space's policy. The model is not told of blocked tools. Whatever takes something away is asked about every time.`;
export const readOnly = "Read-only";
export const nothingThatChanges = "Nothing that changes the workspace is offered or run.";
export const filterTools = "Filter tools";
export const reset = "Reset";
export const askingNotionForIts = " Asking Notion for its tools…";
export const theSpaceHasEach = "The space has each call approved.";
export const permission = (tool: string) => `${tool}: permission`;
export const blockedByTheSpace = "Blocked by the space";

// place-dialog
const conversations = (count: number) =>
  count === 1 ? "1 conversation" : `${count} conversations`;
export const keepConversationsHereOnly = "Keep conversations in this browser only?";
export const newOnesStayInThis =
  "New ones stay in this browser then: your other devices do not have them, and they cannot be shared.";
export const lookingWhatTheGatewayKeeps = "Looking what the gateway keeps…";
export const theGatewayKeepsNone = "The gateway keeps none of them.";
export const theGatewayKeeps = (count: number, isMore: boolean) =>
  `The gateway keeps ${conversations(count)}${isMore ? " and more" : ""} of yours. Left there, this browser does not list those that it has not got, until you keep them on all your devices again. Deleted there, they are copied into this browser first, and what you share of them ends.`;
export const leaveThemThere = "Leave them there";
export const deleteThemThere = "Delete them there";
export const keepNewOnesHere = "Keep new ones here";
export const onAllYourDevicesNow = (count: number) =>
  `${conversations(count)} on all your devices now`;
export const keepConversationsEverywhere = "Keep conversations on all your devices?";
export const theyAreSentToTheGateway = (count: number) =>
  `${conversations(count)} of this browser ${count === 1 ? "is" : "are"} sent to the gateway, which keeps them sealed, for you alone. New ones are sent as they are held.`;
export const ofThemSent = (sent: number, count: number) => `${sent} of ${count} sent.`;
export const close = "Close";
export const sendConversations = (count: number) => `Send ${conversations(count)}`;
export const whatWasNotSent =
  "What was not sent stays in this browser, and goes with the next change of it.";

// share-dialog
export const shareWithTheSpace = "Share with the space";
export const membersOfThisSpace = (title: string) =>
  `Members of this space who have the link can read “${title}” as it is now: what you asked, what was answered, and which tools were called. They do not see what the tools were given or found, and what is said later is not shared.`;
export const youKeepYourConversations =
  "You keep your conversations in this browser only, where nobody else can read them. To share one, choose “Keep them on all my devices” in the menu of the conversations first.";
export const lookingWhetherItIsShared = "Looking whether it is shared…";
export const itIsSharedNow = "It is shared now.";
export const createLink = "Create link";
export const sharedAsItWasOwners = (sharedAt: ReactNode) => (
  <>Shared as it was {sharedAt}. Owners of the space can end that, too.</>
);
export const theLinkShowsWhat = "The link shows what is there now.";
export const shareWhatIsThere = "Share what is there now";
export const itIsNotSharedAny = "It is not shared any more: the link is dead.";
export const stopSharing = "Stop sharing";
export const link = "Link";
export const copyLink = "Copy link";

// shares-dialog
export const isNotSharedAny = (title: string) =>
  `“${title}” is not shared any more: the link is dead.`;
export const whatIShareWithTheSpace = "What I share with the space";
export const membersOfThisSpaceWho =
  "Members of this space who have the link can read these conversations, as they were when you shared them.";
export const lookingWhatYouShare = "Looking what you share…";
export const youShareNothing = "You share nothing in this space.";
export const sharedConversations = "Shared conversations";
export const asItWasSharedAt = (sharedAt: ReactNode) => <>As it was {sharedAt}</>;
export const stopSharingShare = (share: string) => `Stop sharing ${share}`;

// shortcuts-dialog
export const keyboardShortcuts = "Keyboard shortcuts";
