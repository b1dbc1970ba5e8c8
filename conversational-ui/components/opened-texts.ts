/** What people read of parts that several features have, in what is loaded when it is opened. */

// confirm-dialog-content
export const cancel = "Cancel";

// loaded
export const tryAgain = "Try again";
