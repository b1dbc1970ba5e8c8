"use client";

import { ArrowUp, Square } from "lucide-react";
import { type RefObject, useLayoutEffect, useState } from "react";

const LIMIT = 20_000;

/** Where one writes. Enter sends, Shift+Enter begins a line; Escape stops, wherever the focus is. */
export function Composer({
  fieldRef,
  live,
  placeholder,
  onSend,
  onStop,
}: {
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  live: boolean;
  placeholder: string;
  onSend: (text: string) => void;
  onStop: () => void;
}) {
  const [text, setText] = useState("");
  const ready = text.trim() !== "" && !live;
  // biome-ignore lint/correctness/useExhaustiveDependencies: as high as its text
  useLayoutEffect(() => {
    const field = fieldRef.current;
    if (!field) return;
    field.style.height = "0";
    field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
  }, [text, fieldRef]);
  const send = () => {
    if (!ready) return;
    onSend(text.trim());
    setText("");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="flex items-end gap-2 rounded-2xl border border-line-strong bg-raised p-2 shadow-xs transition-colors focus-within:border-ink-faint"
    >
      <textarea
        ref={fieldRef}
        rows={1}
        maxLength={LIMIT}
        value={text}
        aria-label="Message"
        aria-describedby="composer-keys"
        placeholder={placeholder}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
        className="max-h-55 min-h-9 flex-1 resize-none bg-transparent px-2 py-1.5 text-base leading-6 outline-none placeholder:text-ink-faint sm:text-[0.9375rem]"
      />
      <span id="composer-keys" className="sr-only">
        Enter sends, Shift and Enter begin a new line, Escape stops an answer.
      </span>
      <button
        // One element that became a submit button under the click would send what was written.
        key={live ? "stop" : "send"}
        type={live ? "button" : "submit"}
        disabled={!live && !ready}
        aria-label={live ? "Stop" : "Send"}
        onClick={live ? onStop : undefined}
        className="grid size-9 shrink-0 place-items-center rounded-xl bg-primary text-on-primary transition-opacity hover:opacity-88 disabled:cursor-not-allowed disabled:opacity-30"
      >
        {live ? (
          <Square className="size-3.5 fill-current" aria-hidden="true" />
        ) : (
          <ArrowUp className="size-4.5" aria-hidden="true" />
        )}
      </button>
    </form>
  );
}
