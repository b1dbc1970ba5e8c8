import type { ReactNode } from "react";

/** What people read of what may be called. */

// policy-button
export const toolsAndRules = "Tools and rules";

// policy-card
export const whatMayBeCalled = "What may be called";
export const holdsForEveryMember =
  "Holds for every member, chat and agent of the space, within two seconds.";
export const lastChangedBy = (setBy: ReactNode, setAt: ReactNode) => (
  <>
    Last changed by {setBy}, {setAt}
  </>
);
export const neverChanged = "Never changed";

// policy-choice-button
export const change = "Change…";

// policy-warnings
export const someRulesHoldForNobody = "Some rules hold for nobody now";
