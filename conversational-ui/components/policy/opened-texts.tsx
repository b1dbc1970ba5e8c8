import type { ReactNode } from "react";

/** What people read of what may be called, in what is loaded when it is opened. */

// policy-choice-dialog
export const whatMayBeCalled = "What may be called";
export const holdsForEveryMember =
  "Holds for every member, chat and agent of the space, within two seconds.";
export const notSaved = "Not saved";
export const somebodyElseHas = "Somebody else has changed the policy meanwhile.";
export const thePolicyIsChanged = "The policy is changed";
export const save = "Save";
export const choosingOneOfThese = "Choosing one of these replaces it with all that was set.";

// policy-dialog
export const tools = "Tools";
export const rules = "Rules";
export const history = "History";
export const someOfItsRules =
  "Some of its rules hold for nobody now: see under What may be called.";
export const itHoldsWithinTwo = "It holds within two seconds.";
export const whatMayBeCalledIn = (space: string) => `What may be called in ${space}`;
export const allowAToolAskAPerson =
  "Allow a tool, ask a person before each call of it, or block it.";
export const ownersOfTheSpace = "Owners of the space decide it. You can look at it here.";
export const thereIsNoPolicy =
  " There is no policy yet: what you set begins one, which asks about new tools that write.";
export const partsOfThePolicy = "Parts of the policy";
export const lookingThroughTheTools = "Looking through the tools…";
export const thePolicyIsBeing =
  "The policy is being changed as JSON. Save that or discard it, and the tools are shown again.";
export const lookingThroughTheRules = "Looking through the rules…";
export const discardMineAndShow = "Discard mine and show theirs";
export const changedAsJson = "Changed as JSON";
export const tool = "tool";
export const tools2 = "tools";
export const changed = (changed: number, what: string) => `${changed} ${what} changed`;
export const discard = "Discard";

// policy-history
export const readingTheHistory = "Reading the history…";
export const thereNeverWasAPolicy = "There never was a policy here.";
export const somebody = "Somebody";
export const newest = "Newest";
export const earlier = "Earlier";
export const thePolicyWasChanged = "The policy was changed";

// policy-text
export const thePolicyAsJson = "The policy as JSON";
export const itsFormIsDescribed =
  "Its form is described in docs/policy.md. notion-gateway policy test tries one out.";
export const thePolicyBefore = (refusal: string) => `${refusal} The policy before stays.`;

// rule-list
export const byWhatACallSays = "By what a call says";
export const theStricterOfARule = "The stricter of a rule and of what the tool itself gets counts.";
export const thereAreNoRules = "There are no rules about arguments.";
export const narrowerForTokens = "Narrower for tokens, clients and machines";
export const nothingWhatHolds = "Nothing: what holds for people holds for tokens.";
export const now = (unknown: string) => `Now ${unknown}`;
export const json = "JSON";
export const theseRulesAreWritten = (part: ReactNode) => <>These rules are written under {part}.</>;
export const ofThePreset = "of the preset";

// tool-table
export const reading = "Reading";
export const writing = "Writing";
export const deleting = "Deleting";
export const searchTools = "Search tools";
export const onlyWhatWasSet = "Only what was set";
export const noToolIsSetAll = "No tool is set: all are as the preset says.";
export const noToolFitsThis = "No tool fits this search.";
export const newIt = "new";
export const setHereWithout = (inherited: string) => `Set here. Without that: ${inherited}.`;
export const but = (rule: string) => `But ${rule}.`;
