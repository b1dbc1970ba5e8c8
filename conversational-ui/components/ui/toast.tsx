"use client";

import { CircleAlert, CircleCheck, X } from "lucide-react";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import { Button } from "@/components/ui/button";

export interface ToastText {
  title: string;
  detail?: string | undefined;
  tone?: "good" | "bad";
  /** What can be done about it; the note goes away with it. */
  action?: { label: string; onAct: () => void };
}

const Context = createContext<(text: ToastText) => void>(() => {});

/** Shows a short note at the edge of the screen; screen readers hear it. */
export const useToast = () => useContext(Context);

const SHOWN_MILLISECONDS = 7000;
/** Where there is something to decide. */
const OFFERED_MILLISECONDS = 15_000;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<(ToastText & { id: number })[]>([]);
  const made = useRef(0);
  const show = useCallback((text: ToastText) => {
    const id = ++made.current;
    setShown((now) => [...now.slice(-2), { ...text, id }]);
  }, []);
  const hide = useCallback((id: number) => {
    setShown((now) => now.filter((one) => one.id !== id));
  }, []);
  return (
    <Context value={show}>
      {children}
      {/* There from the beginning: a live region that appears with its text is often not read. */}
      <div
        role="status"
        // Above the chat's field, of which it would hide the button.
        className="pointer-events-none fixed right-4 bottom-4 z-60 [:root:has(#message-field)_&]:bottom-24 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 print:hidden"
      >
        {shown.map((one) => (
          <Toast key={one.id} {...one} onClose={() => hide(one.id)} />
        ))}
      </div>
    </Context>
  );
}

function Toast({
  title,
  detail,
  tone = "good",
  action,
  onClose,
}: ToastText & { onClose: () => void }) {
  const [held, setHeld] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the others are new at every render
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onClose, action ? OFFERED_MILLISECONDS : SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [held]);
  const Icon = tone === "bad" ? CircleAlert : CircleCheck;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pausing while somebody reads
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex animate-[rise_160ms_ease-out] items-start gap-3 rounded-xl border border-line bg-raised p-3.5 shadow-lift"
    >
      <Icon
        aria-hidden="true"
        className={tone === "bad" ? "mt-0.5 size-4 text-bad" : "mt-0.5 size-4 text-good"}
      />
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium">{title}</p>
        {detail && <p className="text-[0.8125rem] text-ink-soft">{detail}</p>}
        {action && (
          <Button
            variant="outline"
            size="sm"
            className="mt-2"
            onClick={() => {
              onClose();
              action.onAct();
            }}
          >
            {action.label}
          </Button>
        )}
      </div>
      <Button variant="ghost" size="icon-xs" aria-label="Dismiss" onClick={onClose}>
        <X aria-hidden="true" />
      </Button>
    </div>
  );
}
