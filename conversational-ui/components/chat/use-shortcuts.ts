import { useEffect, useEffectEvent } from "react";
import { isTypingIn, type Shortcut, shortcutOf } from "@/lib/chat/shortcuts";

/** Not while a dialog is open: its keys are its own. */
export function useShortcuts(onShortcut: (shortcut: Shortcut) => void) {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || document.querySelector("[role=dialog], [role=alertdialog]"))
      return;
    const shortcut = shortcutOf(event, isTypingIn(event.target));
    if (!shortcut) return;
    event.preventDefault();
    onShortcut(shortcut);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}
