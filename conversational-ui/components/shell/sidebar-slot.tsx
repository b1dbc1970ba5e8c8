"use client";

import { createContext, type ReactNode, useContext, useState } from "react";
import { createPortal } from "react-dom";

const Slot = createContext<{
  element: HTMLElement | null;
  setElement: (element: HTMLElement | null) => void;
}>({ element: null, setElement: () => {} });

export function SidebarSlotProvider({ children }: { children: ReactNode }) {
  const [element, setElement] = useState<HTMLElement | null>(null);
  return <Slot value={{ element, setElement }}>{children}</Slot>;
}

/** Where the page's own part of the sidebar goes. */
export function SidebarSlot() {
  const { setElement } = useContext(Slot);
  return <div ref={setElement} className="contents" />;
}

/** A page's own part of the sidebar, such as the chat's conversations. */
export function SidebarContent({ children }: { children: ReactNode }) {
  const { element } = useContext(Slot);
  return element && createPortal(children, element);
}
