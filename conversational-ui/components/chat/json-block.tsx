"use client";

import { useMemo, useState } from "react";
import * as texts from "@/components/chat/texts";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { FIRST_CHARACTERS, MORE_CHARACTERS, shownPart } from "@/lib/shown-part";

/** Text as it is, in a box that scrolls; nothing in it is interpreted. Of a long one its beginning. */
export function TextBlock({
  label,
  text,
  className,
}: {
  label: string;
  text: string;
  className?: string;
}) {
  const [most, setMost] = useState(FIRST_CHARACTERS);
  const shown = shownPart(text, most);
  return (
    <figure className={cn("overflow-hidden rounded-lg border border-line bg-surface", className)}>
      <figcaption className="flex items-center justify-between gap-2 border-b border-line py-1 pr-1 pl-3 text-xs font-medium text-ink-soft">
        {label}
        <CopyButton
          text={text}
          variant="ghost"
          aria-label={texts.copy(label.toLowerCase())}
          className="h-7!"
        />
      </figcaption>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it
        tabIndex={0}
        className="max-h-80 overflow-auto px-3 py-2.5 font-mono text-xs leading-5 break-words whitespace-pre-wrap"
      >
        {shown.text}
      </pre>
      {shown.isCut && (
        <p className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 border-t border-line py-1 pr-1 pl-3 text-xs text-ink-soft print:hidden">
          {shown.words}
          <Button
            variant="ghost"
            size="sm"
            className="h-7!"
            aria-label={texts.showMoreOf(label.toLowerCase())}
            onClick={() => setMost(most + MORE_CHARACTERS)}
          >
            {texts.showMore}
          </Button>
        </p>
      )}
    </figure>
  );
}

export function JsonBlock({
  value,
  ...rest
}: {
  label: string;
  value: unknown;
  className?: string;
}) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "", [value]);
  return <TextBlock text={text} {...rest} />;
}
