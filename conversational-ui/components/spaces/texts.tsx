import type { ReactNode } from "react";

/** What people read of spaces, invitations to them, and their beginning. */

// choose-space
export const yourSpaces = "Your spaces";
export const owner = "Owner";
export const member = "Member";
export const openNamed = (space: string) => `Open ${space}`;
export const open = "Open";

// invitations-page
export const invitations = "Invitations";
export const spacesThatTheir =
  "Spaces that their owners ask you to join. An invitation ends after thirty days.";
export const thereAreNoneJust = "There are none just now.";

// invitations
export const youBelongToNow = (invitation: string) => `You belong to ${invitation} now`;
export const youDeclined = (invitation: string) => `You declined ${invitation}`;
export const youAreInvitedInSome =
  "You are invited. In some spaces members share one connection to Notion, and act in the name of whoever made it; in others each connects their own. Once you belong to a space, its Integrations page says which.";
export const anOwner = "an owner";
export const aMember = "a member";
export const invitesYouAs = (invitedBy: ReactNode, what: ReactNode, invitedAt: ReactNode) => (
  <>
    {invitedBy} invites you as {what}, {invitedAt}
  </>
);
export const acceptNamed = (invitation: string) => `Accept ${invitation}`;
export const accept = "Accept";
export const declineNamed = (invitation: string) => `Decline ${invitation}`;
export const decline = "Decline";

// join-by-link
export const youBelongToNowFound = (found: string) => `You belong to ${found} now`;
export const youWereRemoved = (invitedBy: ReactNode, userId: ReactNode) => (
  <>
    You were removed from this space, so that a link does not let you in. Ask {invitedBy} to invite
    you by your account name, {userId}: the invitation is then under Invitations.
  </>
);
export const invitesYouAsAMember = (invitedBy: string | null, mode: string) =>
  `${invitedBy} invites you as a member. ${mode}`;
export const join = (found: string) => `Join ${found}`;

// new-space-form
export const createSpace = "Create space";
export const name = "Name";
export const yourTeamsOrProjects = "Your team's or project's name. It can be changed later.";
export const productTeam = "Product team";

// opened-link
export const lookingWhereThis = "Looking where this link leads…";
export const theEndOfThisLink =
  "The end of this link is missing. Open it once more, as it was sent to you.";
export const thisLinkHasEnded =
  "This link has ended: somebody has joined by it, it was taken back, or seven days are over. Ask whoever sent it for another one.";
export const goToYourSpaces = "Go to your spaces";

// sign-in-to-join
export const invitation = "Invitation";
export const signInToSeeWho = "Sign in to see who invites you.";

// space-deleted
export const thisSpaceWasDeleted = "This space was deleted";
export const oneOfItsOwners = "One of its owners deleted it.";
export const itsConnectionToNotion = (detail: string) =>
  `${detail} Its connection to Notion, its tokens and its chats ended with it; nothing was deleted in Notion itself.`;

// without-space
export const whatComesNextYouConnect =
  "What comes next: you connect the space with Notion, ask a first question, and invite colleagues if it is a team's.";
export const somebodyElseHas = (userId: ReactNode) => (
  <>Somebody else has one already? Ask its owner to invite you: your account name is {userId}.</>
);

// page
export const spaces = "Spaces";
export const chooseASpace = "Choose a space";
export const createYourFirst = "Create your first space";
export const aSpaceIsATeams =
  "A space is a team's area. Connect it to Notion once, and all its members can work with it.";
export const aSpaceHoldsAConnection =
  "A space holds a connection to Notion: for you alone, or for a team whose members all work with it.";
export const somebodyAsksYouToJoin = "Somebody asks you to join their space.";
export const chat = "Chat";

// not-found
export const youCannotOpenThis = "You cannot open this space";
export const thereIsNoSuchSpace =
  "There is no such space, or you are not a member of it. Check the address, or ask an owner of the space to invite you.";
