"use client";

import dynamic from "next/dynamic";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

export interface ToastText {
  title: string;
  detail?: string | undefined;
  tone?: "good" | "bad";
  /** What can be done about it; the note goes away with it. */
  action?: { label: string; onAct: () => void };
}

export interface ShownToast extends ToastText {
  id: string;
}

const Context = createContext<(text: ToastText) => void>(() => {});

/** Shows a short note at the edge of the screen; screen readers hear it. */
export const useToast = () => useContext(Context);

/** With the library; after what the page is for. */
const Toasts = dynamic(() => import("@/components/ui/toasts"), { ssr: false });

const MOST_SHOWN = 3;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly ShownToast[]>([]);
  const show = useCallback((text: ToastText) => {
    const id = crypto.randomUUID();
    setShown((now) => [...now.slice(1 - MOST_SHOWN), { ...text, id }]);
  }, []);
  const hide = useCallback((id: string) => {
    setShown((now) => now.filter((one) => one.id !== id));
  }, []);
  return (
    <Context value={show}>
      {children}
      <Toasts shown={shown} onHide={hide} />
    </Context>
  );
}
