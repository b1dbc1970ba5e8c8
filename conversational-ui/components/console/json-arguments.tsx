"use client";

import { useId } from "react";
import * as texts from "@/components/console/opened-texts";
import { Textarea } from "@/components/ui/input";
import type { Complaint } from "@/lib/console/form-check";

/** A tool's arguments as JSON, and what is wrong with them. */
export function JsonArguments({
  text,
  onText,
  complaints,
}: {
  text: string;
  onText: (text: string) => void;
  complaints: Complaint[];
}) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {texts.argumentsAsJson}
      </label>
      <Textarea
        id={id}
        spellCheck={false}
        rows={Math.min(24, Math.max(8, text.split("\n").length + 1))}
        value={text}
        onChange={(event) => onText(event.target.value)}
        aria-invalid={complaints.length > 0}
        aria-describedby={`${id}-complaints`}
        className="font-mono text-xs!"
      />
      <ul id={`${id}-complaints`} className="text-[0.8125rem] text-bad">
        {complaints.map(({ path, text: about }) => (
          <li key={`${path.join(".")} ${about}`}>
            {path.length > 0 && <code className="font-mono text-xs">{path.join(".")}: </code>}
            {about}
          </li>
        ))}
      </ul>
    </div>
  );
}
