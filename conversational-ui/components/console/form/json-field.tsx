import type { FieldProps } from "@rjsf/utils";
import { useContext, useState } from "react";
import { TellUnreadable } from "@/components/console/form/unreadable";
import * as texts from "@/components/console/opened-texts";
import { Textarea } from "@/components/ui/input";

/** An argument that suits no field, written as JSON. Left empty, it is left out. */
export function JsonField({
  fieldPathId,
  formData,
  rawErrors,
  required,
  disabled,
  onChange,
}: FieldProps) {
  const tellUnreadable = useContext(TellUnreadable);
  const id = fieldPathId.$id;
  const [text, setText] = useState(() =>
    formData === undefined ? "" : JSON.stringify(formData, null, 2),
  );
  const [fault, setFault] = useState<string | null>(null);
  const read = (typed: string) => {
    setText(typed);
    tellUnreadable(id, false);
    setFault(null);
    try {
      onChange(typed.trim() === "" ? undefined : JSON.parse(typed), fieldPathId.path);
    } catch (refused) {
      tellUnreadable(id, true);
      setFault(texts.thisIsNotJson(refused instanceof Error ? refused.message : texts.malformed));
    }
  };
  return (
    <>
      <Textarea
        id={id}
        rows={Math.min(16, Math.max(2, text.split("\n").length))}
        spellCheck={false}
        placeholder={texts.json}
        value={text}
        required={required ?? false}
        disabled={disabled ?? false}
        aria-invalid={fault !== null || (rawErrors ?? []).length > 0}
        aria-describedby={`${id}-said`}
        onChange={(event) => read(event.target.value)}
        className="font-mono text-xs!"
      />
      {fault && <p className="text-[0.8125rem] text-bad">{fault}</p>}
    </>
  );
}
