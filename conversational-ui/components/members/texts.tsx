import type { ReactNode } from "react";

/** What people read of the page of members. */

// delete-space
export const deleteThisSpace = "Delete this space";
export const forEverybodyAndForGood =
  "For everybody, and for good. Nothing is deleted in Notion itself.";
export const deleteSpace = "Delete space…";

// invitation-links
export const nobodyCanJoinByThatLink = "Nobody can join by that link any more";
export const invitationLinks = "Invitation links";
export const aLinkForOnePerson = "A link for one person";
export const madeByEnds = (madeAt: ReactNode, madeBy: ReactNode, endsAt: ReactNode) => (
  <>
    Made {madeAt} by {madeBy}, ends {endsAt}
  </>
);
export const takeBackTheLink = (madeBy: string) => `Take back the link that ${madeBy} made`;
export const takeBack = "Take back";

// invite-people
export const inviteSomebodyByTheir =
  "Invite somebody by their account name, or by a link where you do not know it.";
export const invite = "Invite…";
export const sendALink = "Send a link…";

// invited-people
export const isNotInvitedAny = (userId: string) => `${userId} is not invited any more`;
export const invited = (count: number) => `${count} invited`;
export const theyHaveNoAccess = "They have no access until they accept.";
export const invitedBy = (invitedAt: ReactNode, invitedBy: ReactNode) => (
  <>
    Invited {invitedAt}, by {invitedBy}
  </>
);
export const owner = "Owner";
export const member = "Member";
export const takeBackTheInvitation = (userId: string) => `Take back the invitation of ${userId}`;

// members
export const anOwner = "an owner";
export const aMember = "a member";
export const isNow = (userId: string, what: string) => `${userId} is now ${what}`;
export const staysWhateverSays = (userId: string, issuer: string) =>
  `${userId} stays, whatever ${issuer} says`;
export const youLeft = (space: string) => `You left ${space}`;
export const wasRemoved = (userId: string) => `${userId} was removed`;
export const gatewayTokensForThis = "Gateway tokens for this space ended with it.";
export const person = "person";
export const people = "people";
export const handOver = "Hand over…";
export const whoBelongsByTheWord =
  "Who belongs by the word of where they sign in stays for as long as it says so. Keep makes them stay in any case, until an owner removes them.";
export const you = " (you)";
export const since = (addedAt: ReactNode) => <>Since {addedAt}</>;
export const active = (lastActiveAt: ReactNode) => <> · Active {lastActiveAt}</>;
export const keepNamed = (userId: string) => `Keep ${userId}`;
export const keep = "Keep";
export const roleOf = (userId: string) => `Role of ${userId}`;
export const leaveThisSpace = "Leave this space";
export const removeNamed = (userId: string) => `Remove ${userId}`;
export const leave = "Leave";
export const remove = "Remove";
export const leaveAsked = (space: string) => `Leave ${space}?`;
export const removeAsked = (userId: string) => `Remove ${userId}?`;
export const youLoseAccessToThis =
  "You lose access to this space at once. Your gateway tokens for it end, and so does your own connection to Notion here. An owner can invite you again.";
export const theyLoseAccess = (space: string) =>
  `They lose access to ${space} at once. Their gateway tokens for it end, and so does their own connection to Notion here. They stay out until they accept an invitation by their account name.`;

// rename-space
export const thisSpace = "This space";
export const itsIdForScripts = (spaceId: ReactNode) => <>Its id, for scripts: {spaceId}</>;
export const rename = "Rename…";

// through-whom
export const byTheWordOfForAs = (issuer: string) =>
  `, by the word of ${issuer}, for as long as it says so`;
export const byTheWordOfAtFirst = (addedBy: string) =>
  `, by the word of ${addedBy} at first, and kept since`;
export const by = (addedBy: string) => `, by ${addedBy}`;

// page
export const members = "Members";
export const membersWorkInThis =
  "Members work in this space. Owners also connect and disconnect its Notion, and look after the members.";
