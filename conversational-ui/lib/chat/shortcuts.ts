/** Keys of the chat, wherever the focus is. */
export type Shortcut = "list" | "write" | "new";

/** The id of the field in which one writes. */
export const MESSAGE_FIELD = "message-field";

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** ``isTyping``: then letters and signs are text. Null: it is none of ours. */
export function shortcutOf(pressed: Pressed, isTyping: boolean): Shortcut | null {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = pressed;
  if (ctrlKey || metaKey) {
    return shiftKey && !altKey && key.toLowerCase() === "o" ? "new" : null;
  }
  if (isTyping || altKey) return null;
  if (key === "?") return "list";
  return key === "/" ? "write" : null;
}

export const isTypingIn = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

/** As they are listed; "Ctrl" is "⌘" on a Mac. */
export const SHORTCUTS: readonly [keys: readonly string[], what: string][] = [
  [["Enter"], "Send what you have written"],
  [["Shift", "Enter"], "Begin a new line"],
  [["@"], "Mention a page"],
  [["Esc"], "Stop the answer"],
  [["/"], "Write a message"],
  [["Ctrl", "Shift", "O"], "Begin a new conversation"],
  [["Ctrl", "K"], "Find a page, a conversation or a space"],
  [["?"], "Show this list"],
];
