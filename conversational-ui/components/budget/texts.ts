/** What people read of Notion's limits. */

// budget
export const budget = "Budget";
export const lookAgain = "Look again";
export const usedOfWhatNotion = "Used of what Notion grants";
export const used = "Used";
export const waiting = "Waiting";
export const refusedByNotion = "Refused by Notion";
export const refusedHere = "Refused here";
