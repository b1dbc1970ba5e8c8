"use client";

import { ArrowUp, Square } from "lucide-react";
import dynamic from "next/dynamic";
import { type RefObject, useEffect, useLayoutEffect, useState } from "react";
import { AttachButton } from "@/components/chat/attach-button";
import { MentionChip } from "@/components/chat/mention-chip";
import * as texts from "@/components/chat/texts";
import { useMentions } from "@/components/chat/use-mentions";
import { Button } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import { fileUrl, labelFor, type Mention, unwritten, written } from "@/lib/chat/mentions";
import { LIMIT, leftOut } from "@/lib/chat/message-length";
import { MESSAGE_FIELD } from "@/lib/chat/shortcuts";
import type { ToolPolicy } from "@/lib/chat/tool-policy";

/** Of no use until somebody types "@". */
const MentionList = dynamic(() => import("@/components/chat/mention-list"), { ssr: false });
/** Of no use until a file has been chosen. */
const AttachCard = dynamic(() => import("@/components/chat/attach-card"), { ssr: false });

/** A paste of which something did not fit, and what stood in the field before it. */
interface Paste {
  whole: string;
  before: string;
  missing: number;
}

/** Where one writes. Enter sends, Shift+Enter begins a line; Escape stops, wherever the focus is. */
export function Composer({
  fieldRef,
  space,
  connected,
  policy,
  live,
  draft,
  onDraft,
  onSend,
  onStop,
}: {
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  space: Space;
  connected: boolean;
  policy: ToolPolicy;
  live: boolean;
  /** What was written before, and not sent; as all texts here with addresses of what is named. */
  draft: string;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
}) {
  const [{ text, mentions }, setWritten] = useState(() => unwritten(draft));
  const [paste, setPaste] = useState<Paste | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const write = (to: string, naming: readonly Mention[] = mentions) => {
    const named = naming.filter(({ label }) => to.includes(`@${label}`));
    setWritten({ text: to, mentions: named });
    onDraft(written(to, named));
    if (to.length < LIMIT) setPaste(null);
  };
  const pages = useMentions({
    spaceId: space.space_id,
    connected,
    fieldRef,
    text,
    mentions,
    onMention: write,
  });
  useEffect(() => {
    if (window.matchMedia("(pointer: fine)").matches) fieldRef.current?.focus();
  }, [fieldRef]);
  const onUploaded = (id: string, name: string) => {
    const url = fileUrl(id);
    const label = labelFor(name, mentions, url);
    const space = text === "" || /\s$/.test(text) ? "" : " ";
    write(`${text}${space}@${label} `, [...mentions, { label, url }]);
    setFile(null);
    fieldRef.current?.focus();
  };
  const attachPaste = ({ whole, before }: Paste) => {
    write(before);
    setPaste(null);
    setFile(new File([whole], texts.pastedTextTxt, { type: "text/plain" }));
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
    onSend(written(text, mentions).trim());
    write("");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="relative flex flex-wrap items-end gap-2 rounded-2xl border border-line-strong bg-raised p-2 shadow-xs transition-colors focus-within:border-ink-faint"
    >
      {pages.isOpen && <MentionList mentions={pages} />}
      <p role="status" className="sr-only">
        {pages.words}
      </p>
      {mentions.length > 0 && (
        <ul
          aria-label={texts.mentioned}
          className="flex basis-full flex-wrap gap-1.5 px-2 pt-1 text-sm"
        >
          {mentions.map((mention) => (
            <li key={mention.url} className="max-w-full">
              <MentionChip mention={mention} />
            </li>
          ))}
        </ul>
      )}
      {file && (
        <AttachCard
          key={`${file.name}${file.lastModified}`}
          file={file}
          spaceId={space.space_id}
          policy={policy}
          onUploaded={onUploaded}
          onLeave={() => {
            setFile(null);
            fieldRef.current?.focus();
          }}
        />
      )}
      {paste && (
        <div role="status" className="basis-full px-2 pt-1 text-[0.8125rem] text-warn">
          {texts.aMessageHasCharacters(
            LIMIT.toLocaleString("en"),
            paste.missing.toLocaleString("en"),
          )}
          {connected ? (
            <Button variant="link" size="sm" onClick={() => attachPaste(paste)}>
              {texts.attachTheWhole}
            </Button>
          ) : (
            texts.putTheWholeText
          )}
        </div>
      )}
      {connected && <AttachButton onFile={setFile} />}
      <textarea
        ref={fieldRef}
        id={MESSAGE_FIELD}
        rows={1}
        maxLength={LIMIT}
        value={text}
        dir="auto"
        aria-label={texts.message}
        aria-describedby="composer-keys"
        placeholder={texts.askAboutSNotionSpace(space.name)}
        {...pages.field}
        onChange={({ target }) => {
          write(target.value);
          pages.onCaret(target.selectionStart);
        }}
        onSelect={({ currentTarget }) => pages.onCaret(currentTarget.selectionStart)}
        onBlur={() => pages.onCaret(null)}
        onPaste={({ currentTarget, clipboardData }) => {
          const { selectionStart, selectionEnd } = currentTarget;
          const pasted = clipboardData.getData("text/plain");
          const missing = leftOut(text, selectionEnd - selectionStart, pasted);
          setPaste(missing > 0 ? { whole: pasted, before: text, missing } : null);
        }}
        onKeyDown={(event) => {
          if (pages.onKeyDown(event)) return;
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
        className="max-h-55 min-h-9 flex-1 resize-none bg-transparent px-2 py-1.5 max-sm:px-0 text-base leading-6 outline-none placeholder:truncate placeholder:text-ink-faint sm:text-[0.9375rem]"
      />
      <span id="composer-keys" className="sr-only">
        {texts.enterSendsShift}
      </span>
      <button
        // One element that became a submit button under the click would send what was written.
        key={live ? "stop" : "send"}
        type={live ? "button" : "submit"}
        disabled={!live && !ready}
        aria-label={live ? texts.stop : texts.send}
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
