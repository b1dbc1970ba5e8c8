"use client";

import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useState,
} from "react";
// The error pages use it: what the root layout does not have, too, each page would load twice.
import "@/components/ui/button";
import { useWas } from "@/lib/use-was";

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

/** With the library; of no use until there is something to say. */
const Toasts = lazy(() => import("@/components/ui/toasts"));

const MOST_SHOWN = 3;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly ShownToast[]>([]);
  const wasShown = useWas(shown.length > 0);
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
      <Suspense fallback={null}>{wasShown && <Toasts shown={shown} onHide={hide} />}</Suspense>
    </Context>
  );
}
