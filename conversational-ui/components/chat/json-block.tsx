import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";

/** Text as it is, in a box that scrolls; nothing in it is interpreted. */
export function TextBlock({
  label,
  text,
  className,
}: {
  label: string;
  text: string;
  className?: string;
}) {
  return (
    <figure className={cn("overflow-hidden rounded-lg border border-line bg-surface", className)}>
      <figcaption className="flex items-center justify-between gap-2 border-b border-line py-1 pr-1 pl-3 text-xs font-medium text-ink-soft">
        {label}
        <CopyButton
          text={text}
          variant="ghost"
          aria-label={`Copy ${label.toLowerCase()}`}
          className="h-7!"
        />
      </figcaption>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it
        tabIndex={0}
        className="max-h-80 overflow-auto px-3 py-2.5 font-mono text-xs leading-5 break-words whitespace-pre-wrap"
      >
        {text}
      </pre>
    </figure>
  );
}

export const JsonBlock = ({
  value,
  ...rest
}: {
  label: string;
  value: unknown;
  className?: string;
}) => <TextBlock text={JSON.stringify(value, null, 2) ?? ""} {...rest} />;
