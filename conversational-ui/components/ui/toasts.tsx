"use client";

import { CircleAlert, CircleCheck, X } from "lucide-react";
import { Toast as Primitive } from "radix-ui";
import { Button } from "@/components/ui/button";
import * as texts from "@/components/ui/opened-texts";
import type { ShownToast } from "@/components/ui/toast";

const SHOWN_MILLISECONDS = 7000;
/** Where there is something to decide. */
const OFFERED_MILLISECONDS = 15_000;

/** The notes at the edge of the screen: they stay while somebody reads them, and F8 leads to them. */
export default function Toasts({
  shown,
  onHide,
}: {
  shown: readonly ShownToast[];
  onHide: (id: string) => void;
}) {
  return (
    <Primitive.Provider label={texts.note} duration={SHOWN_MILLISECONDS}>
      {shown.map(({ id, ...text }) => (
        <Toast key={id} {...text} onHide={() => onHide(id)} />
      ))}
      <Primitive.Viewport
        label={texts.notesHotkey}
        // Above the chat's field, of which it would hide the button.
        className="fixed right-4 bottom-4 z-60 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none [:root:has(#message-field)_&]:bottom-24 print:hidden"
      />
    </Primitive.Provider>
  );
}

function Toast({
  title,
  detail,
  tone = "good",
  action,
  onHide,
}: Omit<ShownToast, "id"> & { onHide: () => void }) {
  const Icon = tone === "bad" ? CircleAlert : CircleCheck;
  return (
    <Primitive.Root
      type="background" // said once what is being said has ended
      {...(action && { duration: OFFERED_MILLISECONDS })}
      onOpenChange={(isOpen) => isOpen || onHide()}
      className="pointer-events-auto flex animate-[rise_160ms_ease-out] items-start gap-3 rounded-xl border border-line bg-raised p-3.5 shadow-lift"
    >
      <Icon
        aria-hidden="true"
        className={tone === "bad" ? "mt-0.5 size-4 text-bad" : "mt-0.5 size-4 text-good"}
      />
      <div className="min-w-0 flex-1">
        <Primitive.Title className="text-sm font-medium">{title}</Primitive.Title>
        {detail && (
          <Primitive.Description className="text-[0.8125rem] text-ink-soft">
            {detail}
          </Primitive.Description>
        )}
        {action && (
          <Primitive.Action altText={action.label} asChild>
            <Button variant="outline" size="sm" className="mt-2" onClick={action.onAct}>
              {action.label}
            </Button>
          </Primitive.Action>
        )}
      </div>
      <Primitive.Close asChild>
        <Button variant="ghost" size="icon-xs" aria-label={texts.dismiss}>
          <X aria-hidden="true" />
        </Button>
      </Primitive.Close>
    </Primitive.Root>
  );
}
