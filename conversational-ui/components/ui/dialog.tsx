"use client";

import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import { type ComponentProps, type ReactNode, useRef } from "react";
import * as texts from "@/components/ui/opened-texts";
import { focusPage } from "@/lib/focus-page";
import { merged } from "@/lib/merged";

export const Dialog = Primitive.Root;
export const DialogTrigger = Primitive.Trigger;
export const DialogClose = Primitive.Close;

const PLACES = {
  middle:
    "left-1/2 top-1/2 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-2xl border border-line p-6 animate-[fade_120ms_ease-out]",
  left: "inset-y-0 left-0 w-72 max-w-[85vw] border-r border-line animate-[fade_120ms_ease-out]",
  bottom:
    "inset-x-0 bottom-0 flex max-h-[85dvh] flex-col rounded-t-2xl border-t border-line pb-[env(safe-area-inset-bottom)] animate-[rise_160ms_ease-out]",
};

export function DialogContent({
  className,
  children,
  from,
  isOpenerGoing,
  ...rest
}: ComponentProps<typeof Primitive.Content> & {
  /** The edge that it stands at: the sidebar and the sheets of small screens. */
  from?: "left" | "bottom";
  /** Whether what it was opened from goes with what was done: then the page gets the focus. */
  isOpenerGoing?: () => boolean;
}) {
  const opener = useRef<Element>(null);
  return (
    <Primitive.Portal>
      <Primitive.Overlay className="fixed inset-0 z-50 bg-scrim animate-[fade_120ms_ease-out]" />
      <Primitive.Content
        // Radix gives the focus back to a trigger; most dialogs here are opened by other means.
        onOpenAutoFocus={(event) => {
          opener.current = document.activeElement;
          if (from !== "bottom" || !(event.currentTarget instanceof HTMLElement)) return;
          // It comes by itself: whatever key is pressed just then decides nothing.
          event.preventDefault();
          event.currentTarget.focus();
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          const isThere = opener.current?.isConnected && !isOpenerGoing?.();
          const back = isThere ? opener.current : null;
          if (back instanceof HTMLElement && back !== document.body) {
            back.focus({ preventScroll: true });
          } else focusPage();
        }}
        className={merged("fixed z-50 bg-raised shadow-lift", PLACES[from ?? "middle"], className)}
        {...rest}
      >
        {children}
        <Primitive.Close
          aria-label={texts.close}
          className="absolute right-3.5 top-3.5 rounded-md p-1.5 text-ink-soft hover:bg-hover hover:text-ink"
        >
          <X className="size-4" aria-hidden="true" />
        </Primitive.Close>
      </Primitive.Content>
    </Primitive.Portal>
  );
}

export function DialogTitle({ className, ...rest }: ComponentProps<typeof Primitive.Title>) {
  return <Primitive.Title className={merged("text-lg font-semibold", className)} {...rest} />;
}

export function DialogDescription({
  className,
  ...rest
}: ComponentProps<typeof Primitive.Description>) {
  return <Primitive.Description className={merged("text-sm text-ink-soft", className)} {...rest} />;
}

/** What a dialog is for: its title, and under it a sentence. */
export function DialogHead({
  title,
  className,
  children,
}: {
  title: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div className={merged("mb-5 flex flex-col gap-1.5 pr-8", className)}>
      <DialogTitle className="break-words">{title}</DialogTitle>
      <DialogDescription className="break-words">{children}</DialogDescription>
    </div>
  );
}

export function DialogFooter({ className, ...rest }: ComponentProps<"div">) {
  return (
    <div
      className={merged("mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end", className)}
      {...rest}
    />
  );
}
