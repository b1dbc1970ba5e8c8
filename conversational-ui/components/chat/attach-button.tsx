import { Paperclip } from "lucide-react";
import { useRef } from "react";
import * as texts from "@/components/chat/texts";
import { Button } from "@/components/ui/button";
import { ACCEPTED, MOST_BYTES, sizeIn } from "@/lib/chat/attachments";

/** Chooses a file, which is shown before it goes anywhere. */
export function AttachButton({ onFile }: { onFile: (file: File) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={chooser}
        type="file"
        accept={ACCEPTED}
        hidden
        aria-label={texts.fileForNotion}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) onFile(file);
          target.value = ""; // the same file can be chosen again
        }}
      />
      <Button
        variant="ghost"
        size="icon"
        aria-label={texts.attachAFile}
        title={texts.attachAFileOfAtMost(sizeIn(MOST_BYTES))}
        onClick={() => chooser.current?.click()}
      >
        <Paperclip aria-hidden="true" />
      </Button>
    </>
  );
}
