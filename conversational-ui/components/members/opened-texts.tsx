import type { ReactNode } from "react";

/** What people read of the page of members, in what is loaded when it is opened. */

// delete-space-dialog
export const isDeleted = (space: string) => `${space} is deleted`;
export const itsConnectionsAre = "Its connections are being revoked at Notion.";
export const deleteIt = (space: string) => `Delete ${space}?`;
export const thisCannotBeTaken = "This cannot be taken back.";
export const itIsYourOnlySpace = " It is your only space: you can make a new one afterwards.";
export const deleteSpace = "Delete space";
export const whatEnds = "What ends";
export const lookingWhatThere = "Looking what there is…";
export const whatStays = "What stays";
export const everythingInNotion = "Everything in Notion itself";
export const whoDeletedTheSpace =
  "Who deleted the space and when: its people are told so at its addresses";
export const keepThe = (calls: string) => `Keep the ${calls}`;
export const forAsLongAsThey =
  "For as long as they would have been kept, for whoever runs the gateway. Otherwise they are deleted within hours.";
export const typeTheSpacesName = "Type the space's name to confirm";

// hand-over-dialog
export const iBecomeAMember = "I become a member";
export const iStayAnOwnerAs = "I stay an owner as well";
export const iLeaveTheSpace = "I leave the space";
export const leave = (space: string) => `Leave ${space}?`;
export const handOverNamed = (space: string) => `Hand over ${space}`;
export const youAreItsOnlyOwner = "You are its only owner, and a space needs one. ";
export const anOwnerConnects =
  "An owner connects and disconnects Notion, and decides who belongs. The connection stays as it is.";
export const thereIsNobodyElse = "There is nobody else in it who could own it.";
export const inviteSomebodyAndMake =
  "Invite somebody and make them an owner once they have accepted, or delete the space at the end of this page.";
export const close = "Close";
export const youLeft = (space: string) => `You left ${space}`;
export const ownsItNow = (next: string) => `${next} owns it now.`;
export const ownsNow = (next: string, space: string) => `${next} owns ${space} now`;
export const youAreAMember = "You are a member.";
export const soDoYou = "So do you.";
export const handOver = "Hand over";
export const newOwner = "New owner";
export const andYou = "And you";

// invite-dialog
export const inviteTo = (space: string) => `Invite to ${space}`;
export const theyHaveNoAccess =
  "They have no access until they have signed in here and accepted under Invitations.";
export const isInvited = (userId: string) => `${userId} is invited`;
export const theyCanUseOnce = (space: string) =>
  `They can use ${space} once they have signed in here and accepted under Invitations.`;
export const invite = "Invite";
export const accountName = "Account name";
export const everybodyFindsTheirs = "Everybody finds theirs in the menu at the bottom left.";
export const role = "Role";
export const member = "Member";
export const owner = "Owner";

// link-dialog
export const inviteByALink = "Invite by a link";
export const whoeverOpensItSigns = (space: string) =>
  `Whoever opens it signs in and joins ${space} as a member. It is for one person, and ends after seven days.`;
export const theLinkIsOnIts = "The link is on its way";
export const toWhoeverOpens = (address: string) =>
  `To ${address}. Whoever opens it first may join; until then you can take it back.`;
export const done = "Done";
export const lookingWhetherItCan = "Looking whether it can be sent by e-mail…";
export const thisGatewaySends =
  "This gateway sends no e-mail to people you invite: make a link, and send it yourself.";
export const makeALinkToCopy = "Make a link to copy";
export const copyTheLinkNow = "Copy the link now";
export const itIsShownThisOnce =
  "It is shown this once. Send it to one person alone: whoever opens it first may join.";
export const writeAnEMail = "Write an e-mail";

// mail-invitation-form
export const sendTheLink = "Send the link";
export const theirEMailAddress = "Their e-mail address";
export const colleagueExampleCom = "colleague@example.com";

// removed-people
export const theyAreBackOnce = "They are back once they accept.";
export const removed = (count: number) => `${count} removed`;
export const theyStayOutUntil =
  "They stay out until they accept an invitation by their account name: a link does not let them in, nor do their groups where they sign in.";
export const removedBy = (removedAt: ReactNode, removedBy: ReactNode) => (
  <>
    Removed {removedAt}, by {removedBy}
  </>
);
export const inviteAgainNamed = (userId: string) => `Invite again: ${userId}`;
export const inviteAgain = "Invite again";

// rename-dialog
export const theSpaceIsCalled = (body: string) => `The space is called ${body} now`;
export const renameThisSpace = "Rename this space";
export const everybodyInItSees =
  "Everybody in it sees the new name. Addresses, tokens and connections stay.";
export const rename = "Rename";
export const name = "Name";
