import { Pencil } from "lucide-react";
import { useState } from "react";
import { MentionChip } from "@/components/chat/mention-chip";
import * as texts from "@/components/chat/texts";
import { VersionSwitch } from "@/components/chat/version-switch";
import { Button } from "@/components/ui/button";
import { piecesOf, unwritten, written } from "@/lib/chat/mentions";
import { LIMIT } from "@/lib/chat/message-length";
import type { Versions } from "@/lib/chat/versions";

/** What the person asked, which can be asked again in other words. */
export function Question({
  text,
  busy,
  versions,
  onAsk,
  onVersion,
}: {
  text: string;
  /** An answer is coming. */
  busy: boolean;
  versions: Versions | undefined;
  onAsk: (text: string) => void;
  onVersion: (id: string) => void;
}) {
  const [isEditing, setIsEditing] = useState(false);
  if (isEditing) {
    return (
      <EditedQuestion
        text={text}
        busy={busy}
        onAsk={(words) => {
          setIsEditing(false);
          onAsk(words);
        }}
        onCancel={() => setIsEditing(false)}
      />
    );
  }
  return (
    <div className="group/question mt-4 flex flex-col items-end gap-1 first:mt-0">
      <div
        dir="auto"
        className="max-w-[85%] rounded-2xl rounded-br-md bg-hover px-4 py-2.5 break-words whitespace-pre-wrap"
      >
        {/* With a direction of its own it has no say in that of the question. */}
        <span dir="ltr" className="sr-only">
          {texts.you}
        </span>
        {piecesOf(text).map((piece, index) =>
          typeof piece === "string" ? (
            piece
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was sent stays as it is
            <MentionChip key={index} mention={piece} />
          ),
        )}
      </div>
      {/* Nearer to its answer than to what was said before it. */}
      <div className="-mb-4 flex items-center">
        {versions && (
          <VersionSwitch versions={versions} what="question" disabled={busy} onChoose={onVersion} />
        )}
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label={texts.editTheQuestion}
          title={texts.edit}
          disabled={busy}
          onClick={() => setIsEditing(true)}
          className="text-ink-soft opacity-0 group-hover/question:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-100"
        >
          <Pencil aria-hidden="true" />
        </Button>
      </div>
    </div>
  );
}

function EditedQuestion({
  text,
  busy,
  onAsk,
  onCancel,
}: {
  text: string;
  busy: boolean;
  onAsk: (text: string) => void;
  onCancel: () => void;
}) {
  const [before] = useState(() => unwritten(text));
  const [words, setWords] = useState(before.text);
  const ask = () => onAsk(written(words, before.mentions).trim());
  const isReady = words.trim() !== "" && !busy;
  return (
    <form
      className="flex flex-col gap-2 rounded-2xl border border-line-strong bg-raised p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) ask();
      }}
    >
      <textarea
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to write here
        autoFocus
        dir="auto"
        aria-label={texts.theQuestionInOther}
        rows={Math.min(8, words.split("\n").length + 1)}
        maxLength={LIMIT}
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.preventDefault();
            onCancel();
          }
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          if (isReady) ask();
        }}
        className="resize-none bg-transparent text-base outline-none sm:text-[0.9375rem]"
      />
      <div className="flex justify-end gap-2">
        <Button type="button" variant="ghost" size="sm" onClick={onCancel}>
          {texts.cancel}
        </Button>
        <Button type="submit" size="sm" disabled={!isReady}>
          {texts.askAgain}
        </Button>
      </div>
    </form>
  );
}
