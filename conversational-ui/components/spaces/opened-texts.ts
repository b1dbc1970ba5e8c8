/** What people read of spaces, invitations to them, and their beginning, in what is loaded when it is opened. */

// new-space-dialog
export const newSpace = "New space";
export const aSpaceIsATeams =
  "A space is a team's area: its members share one connection to Notion. You will be its owner.";
