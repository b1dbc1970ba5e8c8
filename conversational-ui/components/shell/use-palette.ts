import { useCallback, useEffect, useEffectEvent, useState } from "react";
import { isMac, opensPalette } from "@/lib/palette";

/** Whether the palette is open. Its key opens it unless another dialog is, whose keys are its own. */
export function usePalette() {
  const [isOpen, setIsOpen] = useState(false);
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || !opensPalette(event, isMac())) return;
    const isDialog = document.querySelector("[role=dialog], [role=alertdialog]") !== null;
    if (isDialog && !isOpen) return;
    event.preventDefault();
    setIsOpen(!isOpen);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
  const open = useCallback(() => setIsOpen(true), []);
  return { isOpen, open, close: () => setIsOpen(false) };
}
