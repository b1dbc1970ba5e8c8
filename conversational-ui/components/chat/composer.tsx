"use client";

import { ArrowUp, Square } from "lucide-react";
import { type RefObject, useLayoutEffect, useState } from "react";
import { LIMIT, leftOut } from "@/lib/chat/message-length";
import { MESSAGE_FIELD } from "@/lib/chat/shortcuts";

/** Where one writes. Enter sends, Shift+Enter begins a line; Escape stops, wherever the focus is. */
export function Composer({
  fieldRef,
  live,
  placeholder,
  draft,
  onDraft,
  onSend,
  onStop,
}: {
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  live: boolean;
  placeholder: string;
  /** What was written before, and not sent. */
  draft: string;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
}) {
  const [text, setText] = useState(draft);
  const [missing, setMissing] = useState(0);
  const write = (to: string) => {
    setText(to);
    onDraft(to);
    if (to.length < LIMIT) setMissing(0);
  };
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
    write("");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="flex flex-wrap items-end gap-2 rounded-2xl border border-line-strong bg-raised p-2 shadow-xs transition-colors focus-within:border-ink-faint"
    >
      <textarea
        ref={fieldRef}
        id={MESSAGE_FIELD}
        rows={1}
        maxLength={LIMIT}
        value={text}
        aria-label="Message"
        aria-describedby="composer-keys"
        placeholder={placeholder}
        onChange={(event) => write(event.target.value)}
        onPaste={({ currentTarget, clipboardData }) => {
          const { selectionStart, selectionEnd } = currentTarget;
          const pasted = clipboardData.getData("text/plain");
          setMissing(leftOut(text, selectionEnd - selectionStart, pasted));
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
        className="max-h-55 min-h-9 flex-1 resize-none bg-transparent px-2 py-1.5 text-base leading-6 outline-none placeholder:text-ink-faint sm:text-[0.9375rem]"
      />
      {missing > 0 && (
        <p role="status" className="basis-full px-2 text-[0.8125rem] text-warn">
          A message has {LIMIT.toLocaleString("en")} characters at most: the last{" "}
          {missing.toLocaleString("en")} of what you pasted are left out. Put the whole text into a
          page in Notion and ask about that.
        </p>
      )}
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
