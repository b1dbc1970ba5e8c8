/** What people read of parts that several features have. */

// awaited
export const theGatewayHasNot = "The gateway has not answered yet";
export const itMayBeStarting =
  "It may be starting, or have too much to do. This page is shown once it answers.";
export const tryAgain = "Try again";
export const waitingForTheGateway = " Waiting for the gateway…";

// fault
export const reload = "Reload";
export const details = "Details";
export const reason = "Reason";
export const detail = "Detail";
export const requestId = "Request id";
export const copyRequestId = "Copy request id";
export const signIn = "Sign in";

// time
export const utc = (at: string) => `${at} UTC`;
