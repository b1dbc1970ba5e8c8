/** What people read of buttons, fields and dialogs of any kind. */

// copy-button
export const copy = "Copy";
export const copied = "Copied";
