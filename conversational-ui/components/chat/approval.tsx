import { Pencil } from "lucide-react";
import { useId, useState } from "react";
import * as texts from "@/components/chat/texts";
import type { Decision } from "@/components/chat/tool-card";
import { Button } from "@/components/ui/button";
import { type EditableText, editableTexts, withTexts } from "@/lib/chat/editing";
import type { ToolView } from "@/lib/chat/tool-state";

/** On a small screen, as large as a thumb. */
const TOUCH = "max-sm:h-11 max-sm:px-4";

/** The person's word on a call, which they may put into other words first. */
export function Approval({
  view,
  input,
  isEdited,
  takesAway: isTakingAway,
  onEdit,
  onDecide,
}: {
  view: ToolView & { state: "waiting" };
  /** As it would run: the model's, or as it was edited. */
  input: unknown;
  isEdited: boolean;
  /** Then it is asked about every time. */
  takesAway: boolean;
  onEdit: (input: unknown) => void;
  onDecide: (decision: Decision) => void;
}) {
  const { approvalId } = view;
  const editable = editableTexts(view.name, input);
  const [isEditing, setIsEditing] = useState(false);
  const edited = isEdited ? { edited: { toolCallId: view.id, input } } : {};
  if (isEditing) {
    return (
      <Texts
        editable={editable}
        onDone={(changed) => {
          if (changed) onEdit(withTexts(input, changed));
          setIsEditing(false);
        }}
      />
    );
  }
  return (
    <div className="border-t border-line bg-warn-wash/60 px-3.5 py-3">
      <p>
        {isTakingAway ? texts.thisTakesAwayWhat : texts.thisChangesTheWorkspace}
        {isEdited && texts.theTextIsYours}
        {texts.itRunsExactlyAs}
      </p>
      <div className="mt-2.5 flex flex-wrap gap-2">
        <Button
          size="sm"
          className={TOUCH}
          onClick={() => onDecide({ approvalId, approved: true, ...edited })}
        >
          {texts.approve}
        </Button>
        <Button
          size="sm"
          className={TOUCH}
          variant="outline"
          onClick={() => onDecide({ approvalId, approved: false })}
        >
          {texts.deny}
        </Button>
        {editable.length > 0 && (
          <Button size="sm" className={TOUCH} variant="outline" onClick={() => setIsEditing(true)}>
            <Pencil aria-hidden="true" />
            {texts.editTheText}
          </Button>
        )}
        {!isTakingAway && !view.isAskedBySpace && (
          <Button
            size="sm"
            className={TOUCH}
            variant="ghost"
            onClick={() => onDecide({ approvalId, approved: true, always: true, ...edited })}
          >
            {texts.approveAndDoNot}
          </Button>
        )}
      </div>
      {view.isAskedBySpace && (
        <p className="mt-2 text-[0.8125rem] text-ink-soft">{texts.theSpacesPolicy}</p>
      )}
    </div>
  );
}

function Texts({
  editable,
  onDone,
}: {
  editable: EditableText[];
  /** Null: as it was. */
  onDone: (editable: EditableText[] | null) => void;
}) {
  const id = useId();
  const [edited, setEdited] = useState(editable);
  return (
    <form
      className="flex flex-col gap-3 border-t border-line px-3.5 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(edited);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onDone(null);
      }}
    >
      {edited.map((one, at) => (
        <div key={one.path.join(".")} className="flex flex-col gap-1">
          <label htmlFor={`${id}-${at}`} className="text-[0.8125rem] text-ink-soft">
            {one.label}
          </label>
          <textarea
            id={`${id}-${at}`}
            // biome-ignore lint/a11y/noAutofocus: the person has just asked to write here
            autoFocus={at === 0}
            rows={Math.min(12, one.text.split("\n").length + 1)}
            dir="auto"
            value={one.text}
            onChange={({ target }) =>
              setEdited((now) => now.with(at, { ...one, text: target.value }))
            }
            className="rounded-lg border border-line-strong bg-canvas px-2.5 py-1.5 text-base sm:text-sm"
          />
        </div>
      ))}
      <div className="flex gap-2">
        <Button type="submit" size="sm" className={TOUCH}>
          {texts.useThisText}
        </Button>
        <Button
          type="button"
          size="sm"
          className={TOUCH}
          variant="ghost"
          onClick={() => onDone(null)}
        >
          {texts.asItWas}
        </Button>
      </div>
    </form>
  );
}
