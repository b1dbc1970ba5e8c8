"use client";

import { useEffect, useRef } from "react";
import * as texts from "@/components/policy/opened-texts";
import { CopyButton } from "@/components/ui/copy-button";
import { Textarea } from "@/components/ui/input";
import { lineOf, rangeOfLine } from "@/lib/policy-document";

/** The document itself. A refusal is shown under it, and its line selected. */
export function PolicyText({
  text,
  onText,
  refusal,
}: {
  text: string;
  /** null: only to be looked at. */
  onText: ((text: string) => void) | null;
  refusal: string | null;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const line = lineOf(refusal);
    if (!field.current || line === null) return;
    field.current.focus();
    field.current.setSelectionRange(...rangeOfLine(field.current.value, line));
  }, [refusal]);
  return (
    <div className="flex h-full flex-col gap-2 py-4">
      <div className="flex items-end justify-between gap-3">
        <label htmlFor="policy-text" className="text-sm font-medium">
          {texts.thePolicyAsJson}
        </label>
        <CopyButton text={text} />
      </div>
      <Textarea
        id="policy-text"
        ref={field}
        value={text}
        readOnly={onText === null}
        onChange={(event) => onText?.(event.target.value)}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        aria-invalid={refusal !== null}
        aria-describedby={refusal === null ? "policy-text-hint" : "policy-text-error"}
        className="min-h-48! flex-1 resize-none font-mono max-sm:text-[0.8125rem] leading-5"
      />
      {refusal === null ? (
        <p id="policy-text-hint" className="text-[0.8125rem] text-ink-soft">
          {texts.itsFormIsDescribed}
        </p>
      ) : (
        <p id="policy-text-error" role="alert" className="text-[0.8125rem] break-words text-bad">
          {texts.thePolicyBefore(refusal)}
        </p>
      )}
    </div>
  );
}
