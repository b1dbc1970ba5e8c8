/** What people read of buttons, fields and dialogs of any kind, in what is loaded when it is opened. */

// dialog
export const close = "Close";

// toasts
export const note = "Note";
export const notesHotkey = "Notes ({hotkey})";
export const dismiss = "Dismiss";
