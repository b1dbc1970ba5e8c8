import type { ReactNode } from "react";

/** What people read of the page of activity. */

// activity-filter-form
export const filter = "Filter";
export const filterInUse = "Filter, in use";
export const person = "Person";
export const accountName = "Account name";
export const tokenClientOrMachine = "Token, client or machine";
export const anyOrNone = "any, or none";
export const notListedAnyMore = (token: string) => `${token}, not listed any more`;
export const tool = "Tool";
export const notionUpdatePage = "notion-update-page";
export const pageInNotion = "Page in Notion";
export const thisIsNeitherAnAddress = "This is neither an address nor an id of a page in Notion.";
export const itsAddressOrId = "Its address or id";
export const calls = "Calls";
export const thatReadOrWrite = "that read or write";
export const thatMayChangeSomething = "that may change something";
export const ended = "Ended";
export const inAnyWay = "in any way";
export const withAnAnswerOrRefused = "with an answer, or refused";
export const theCallerLeftBefore = "the caller left before";
export const notionBrokeOff = "Notion broke off";
export const theCallersAccess = "the caller's access ended";
export const theGatewayWasStopped = "the gateway was stopped";
export const refusedBecause = "Refused because";
export const anyOrNotRefused = "any, or not refused";
export const connection = "Connection";
export const anyIt = "any";
export const theTeams = "the team's";
export const aMembersOwn = "a member's own";
export const yourOwn = "your own";
export const from = "From";
export const daysAreThoseOfUtc = "Days are those of UTC.";
export const to = "To";
export const show = "Show";
export const activity = "Activity";
export const showAll = "Show all";

// activity
export const earlierCalls = "Earlier calls";
export const noCallFitsThis = "No call fits this filter.";
export const nobodyHasCalled = "Nobody has called a tool yet.";
export const youHaveNotCalled = "You have not called a tool yet.";
export const moreCalls = "More calls";
export const theNewestCalls = "the newest calls";
export const newest = "Newest";
export const earlierCalls2 = "earlier calls";
export const earlier = "Earlier";
export const exportIt = "Export";
export const callsAreNotRecorded = "Calls are not recorded here";
export const gatewayAudit1 = "GATEWAY_AUDIT=1";
export const whoeverRunsThis = (part: ReactNode) => (
  <>
    Whoever runs this gateway can switch it on: {part}. From then on this page shows who called
    which of Notion's tools, and on which pages.
  </>
);

// call-row
export const callWas = "call was";
export const callsWere = "calls were";
export const notRecordedTheGateways = (calls: ReactNode, what: ReactNode, at: ReactNode) => (
  <>
    {calls} {what} not recorded: the gateway's database could not take them. {at}
  </>
);
export const times = (calls: number) => `, ${calls} times`;
export const aGatewayToken = "a gateway token";
export const withIt = (caller: string) => ` · with ${caller}`;
export const details = "Details";
export const program = "Program";
export const took = "Took";
export const asked = "Asked";
export const answered = "Answered";
export const ruleOfThePolicy = "Rule of the policy";
export const tokenOrLogin = "Token or login";
export const listedAs = "Listed as";
export const requestId = "Request id";
export const traceId = "Trace id";
export const argumentsIt = "Arguments";
export const result = "Result";

// called-pages
export const morePages = (count: number) => `${count} more pages`;
export const itNamedMoreWhich = (more: number) =>
  `It named ${more} more, which are not recorded by their ids.`;
export const page = (page: string) => `Page ${page}`;

// recording-button
export const whatIsRecorded = "What is recorded";

// page
export const myActivity = "My activity";
export const whatPeopleAndPrograms = (space: string) =>
  `What people and programs did with ${space}'s Notion.`;
export const whatYouDidWithS = (space: string) =>
  `What you did with ${space}'s Notion. Owners see everybody's calls.`;
