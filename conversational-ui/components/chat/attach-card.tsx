"use client";

import { CircleAlert, Paperclip } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { JsonBlock } from "@/components/chat/json-block";
import * as texts from "@/components/chat/opened-texts";
import { attachAFile } from "@/components/chat/texts";
import { Button } from "@/components/ui/button";
import { browserProblem, isProblem } from "@/lib/browser-problems";
import {
  fileNameOf,
  refusalOf,
  sizeIn,
  UPLOAD_TOOL,
  uploadArguments,
} from "@/lib/chat/attachments";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import { spaceApi } from "@/lib/space-paths";
import { useLatest } from "@/lib/use-latest";
import { whosePage } from "@/lib/whose-page";

export interface AttachCardProps {
  file: File;
  spaceId: string;
  policy: ToolPolicy;
  /** ``id``: the file's at Notion. */
  onUploaded: (id: string, name: string) => void;
  onLeave: () => void;
}

/**
 * A file that would go to Notion: nothing of it does before the person has said so. Then it does to
 * its end, whichever page is open, unless they cancel it.
 */
export default function AttachCard(props: AttachCardProps) {
  const { file, spaceId, policy, onUploaded, onLeave } = props;
  const name = fileNameOf(file.name);
  const refusal = refusalOf({ name, size: file.size });
  const [isSending, setIsSending] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const sending = useRef<AbortController | null>(null);
  const card = useRef<HTMLElement>(null);
  useEffect(() => card.current?.focus(), []);
  // To where they have written to meanwhile; to the draft, where they have left the page.
  const tell = useLatest(onUploaded);

  const upload = async () => {
    const leaving = new AbortController();
    sending.current = leaving;
    setIsSending(true);
    setFault(null);
    const sent = await sendFile(spaceId, file, policy, leaving.signal);
    if (leaving.signal.aborted) return;
    setIsSending(false);
    if ("id" in sent) tell.current(sent.id, name);
    else setFault(sent.fault);
  };
  const leave = () => {
    sending.current?.abort();
    onLeave();
  };
  const said = refusal ?? fault;
  return (
    <section
      ref={card}
      tabIndex={-1}
      aria-label={attachAFile}
      className="basis-full rounded-xl border border-line bg-canvas p-3 text-sm"
    >
      <p className="flex min-w-0 items-center gap-2">
        <Paperclip className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
        <span dir="auto" className="min-w-0 truncate font-medium">
          {name}
        </span>
        <span className="shrink-0 text-ink-soft">{sizeIn(file.size)}</span>
      </p>
      {said ? (
        <p role="alert" className="mt-2 flex gap-2 text-bad">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
          {said}
        </p>
      ) : (
        <p className="mt-1.5 text-ink-soft">{texts.itIsUploadedToNotion}</p>
      )}
      {!refusal && (
        <details className="mt-1.5">
          <summary className="w-fit cursor-pointer text-[0.8125rem] text-ink-soft">
            {texts.theExactCall}
          </summary>
          <p className="my-2 font-mono text-xs text-ink-soft">{UPLOAD_TOOL}</p>
          <JsonBlock label={texts.argumentsIt} value={uploadArguments(name)} />
        </details>
      )}
      <div className="mt-2.5 flex flex-wrap gap-2">
        {!refusal && (
          <Button size="sm" busy={isSending} onClick={() => void upload()}>
            {isSending ? texts.uploading : fault ? texts.tryAgain : texts.uploadToNotion}
          </Button>
        )}
        <Button size="sm" variant="outline" onClick={leave}>
          {isSending ? texts.cancel : texts.leaveItOut}
        </Button>
      </div>
    </section>
  );
}

async function sendFile(
  spaceId: string,
  file: File,
  policy: ToolPolicy,
  signal: AbortSignal,
): Promise<{ id: string } | { fault: string }> {
  const form = new FormData();
  form.append("policy", JSON.stringify(policy));
  form.append("file", file);
  let told: unknown = browserProblem("offline", 0);
  try {
    const answer = await fetch(spaceApi(spaceId, "/files"), {
      method: "POST",
      body: form,
      headers: whosePage(),
      signal,
    });
    told = await answer.json().catch(() => browserProblem("internal", answer.status));
    if (answer.ok) return { id: String((told as { id?: unknown }).id) };
  } catch {
    // said below
  }
  const problem = isProblem(told) ? told : browserProblem("internal", 500);
  return { fault: `${problem.title}. ${problem.detail ?? problem.hint}` };
}
