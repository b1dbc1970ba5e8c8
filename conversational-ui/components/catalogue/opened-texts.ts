/** What people read of changes of Notion's tools, in what is loaded when it is opened. */

// change-row
export const lookAtIt = "look at it";
export const seenBy = (seenBy: string) => `, seen by ${seenBy}`;
export const notionSaidBefore = "Notion said before";
export const notionSaysNow = "Notion says now";
export const nothing = "nothing";

// changes-dialog
export const theGatewayLooks = "The gateway looks soon";
export const withinAboutThree = "Within about three minutes, where the connection is in use.";
export const markedAsSeen = "Marked as seen";
export const theSpacesPolicy =
  "The space's policy goes by the team's connection, and takes no notice of it.";
export const forThePolicyThese = "For the policy these tools are new no longer.";
export const changesOfNotions = "Changes of Notion's tools";
export const modelsReadAndFollow =
  "Models read and follow what a tool says of itself. So look at what is marked: a description that changes is how a hostile server would talk to them.";
export const showWhatWasSeen = "Show what was seen, too";
export const changes = "Changes";
export const readingWhatHas = "Reading what has changed…";
export const nothingHasChanged = "Nothing has changed since the first look.";
export const allOfItWasSeen = "All of it was seen.";
export const newest = "Newest";
export const earlier = "Earlier";
export const lookAgain = "Look again";
export const markAsSeen = "Mark as seen";
export const leftOut = (count: number) =>
  count === 1
    ? "One change of it right before this one is kept no longer."
    : `${count} changes of it right before this one are kept no longer.`;
