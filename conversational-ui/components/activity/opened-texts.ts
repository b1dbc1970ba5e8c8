/** What people read of the page of activity, in what is loaded when it is opened. */

// recording-dialog
export const whatIsRecorded = "What is recorded";
export const ofEveryCallInWho = (space: string) =>
  `Of every call in ${space}: who made it and when, with which token and program, which tool, which pages it named, and how it ended. Owners see all calls, members their own.`;
export const whatIsRecordedIs = "What is recorded is changed";
export const callsAreKept = (body: string) => `Calls are kept ${body}.`;
export const save = "Save";
export const howLongCallsAre = "How long calls are kept";
export const asLongAsThisGateways = "As long as this gateway's operator has set";
export const now = (operatorDays: string) => `Now ${operatorDays}.`;
export const forANumberOfDays = "For a number of days";
export const thoseThatAreOlder = "Those that are older are deleted within some hours.";
export const days = "Days";
export const whatIsSaidInCalls = "What is said in calls";
export const argumentsIt = "Arguments";
export const whatIsAskedForSearched =
  "What is asked for: searched words, pages, texts that are written.";
export const results = "Results";
export const whatNotionAnswers = "What Notion answers, contents of pages among it.";
export const fromNowOnForOwners =
  "From now on, for owners to read of all calls and for members of their own. What looks like a credential is left out, and of long texts 4,000 characters are kept. Members see on this page that it is recorded, and who has set it. What was recorded before stays.";
export const keepCallsOnly = (what: string) => `Keep calls ${what} only?`;
export const thereAreOlderOnes =
  "There are older ones. They are deleted within some hours, with all that was recorded of them, and nobody can bring them back. To have them elsewhere, export them first.";
export const saveAndDelete = "Save and delete";
