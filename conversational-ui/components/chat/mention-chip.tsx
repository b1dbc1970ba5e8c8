import { FileText, Paperclip } from "lucide-react";
import * as texts from "@/components/chat/texts";
import { isFile, type Mention } from "@/lib/chat/mentions";

const LOOK =
  "inline-flex max-w-64 items-center gap-1 rounded-md border border-line bg-raised px-1.5 align-bottom text-[0.875em]";

/** A page that is named, which opens in Notion, or a file, which stands on no page yet. */
export function MentionChip({ mention: { label, url } }: { mention: Mention }) {
  if (isFile(url)) {
    return (
      <span className={LOOK}>
        <Paperclip className="size-3.5 shrink-0" aria-hidden="true" />
        <span dir="auto" className="truncate">
          {label}
        </span>
        <span className="sr-only">{texts.file}</span>
      </span>
    );
  }
  return (
    <a
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      className={`${LOOK} transition-colors hover:border-line-strong`}
    >
      <FileText className="size-3.5 shrink-0" aria-hidden="true" />
      <span dir="auto" className="truncate">
        {label}
      </span>
      <span className="sr-only">{texts.inNotionNewTab}</span>
    </a>
  );
}
