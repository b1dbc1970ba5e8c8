"use client";

import { RotateCw } from "lucide-react";
import { useState } from "react";
import { JsonBlock } from "@/components/chat/json-block";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { useToast } from "@/components/ui/toast";
import * as texts from "@/components/webhooks/opened-texts";
import type { Delivery, Space, Webhook } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { useLoaded } from "@/lib/use-loaded";
import { eventTitle, failureWords, outcomeOf, pathOfWebhook } from "@/lib/webhooks";

/** The newest messages to a webhook, and what became of each. */
export default function MessagesDialog({
  space,
  webhook,
  onClose,
}: {
  space: Space;
  webhook: Webhook;
  onClose: () => void;
}) {
  const path = `${pathOfWebhook(space, webhook)}/deliveries`;
  const { loaded, again } = useLoaded<Delivery[]>(path);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="flex max-h-[min(46rem,calc(100dvh-2rem))] max-w-xl flex-col overflow-hidden p-0">
        <DialogHead className="mb-0 pt-5 pr-12 pb-4 pl-5 sm:pt-6 sm:pl-6" title={texts.messages}>
          {webhook.url}
        </DialogHead>
        <div className="flex items-center justify-between gap-3 border-t border-line px-5 py-2 sm:px-6">
          <p className="text-[0.8125rem] text-ink-soft">{texts.theNewestFirst}</p>
          <Button variant="ghost" size="sm" onClick={again}>
            <RotateCw aria-hidden="true" />
            {texts.refresh}
          </Button>
        </div>
        <div className="min-h-32 flex-1 overflow-y-auto border-t border-line px-5 sm:px-6">
          <WhenLoaded loaded={loaded} again={again} waiting={texts.lookingForMessages}>
            {(deliveries) =>
              deliveries.length === 0 ? (
                <p className="py-6 text-sm text-ink-soft">{texts.nothingWasTold}</p>
              ) : (
                <ul className="divide-y divide-line">
                  {deliveries.map((one) => (
                    <Message key={one.delivery_id} one={one} path={path} onSent={again} />
                  ))}
                </ul>
              )
            }
          </WhenLoaded>
        </div>
      </DialogContent>
    </Dialog>
  );
}

function Message({ one, path, onSent }: { one: Delivery; path: string; onSent: () => void }) {
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const { tone, label } = outcomeOf(one);
  const hasFailed = one.progress !== "delivered" && one.attempts > 0;
  const why = failureWords(one.reason, one.status);

  const resend = async () => {
    setBusy(true);
    setFault(undefined);
    const to = `${path}/${encodeURIComponent(one.delivery_id)}/resend`;
    const done = await callApi<Delivery>(to, { method: "POST" });
    setBusy(false);
    if (!done.ok) {
      setFault(done.problem);
      return;
    }
    toast({ title: texts.theMessageIsSent, detail: eventTitle(one.event) });
    onSent();
  };

  return (
    <li className="py-3.5">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <span className="min-w-0 text-sm font-medium break-words">{eventTitle(one.event)}</span>
        <Badge tone={tone}>{label}</Badge>
      </div>
      <p className="mt-0.5 text-[0.8125rem] text-ink-soft">
        <Time at={one.created_at} />
        {one.attempts > 0 &&
          texts.tried(one.attempts === 1 ? texts.once : texts.times(one.attempts))}
        {one.attempted_at && <>{texts.last(<Time at={one.attempted_at} />)}</>}
        {hasFailed && one.next_attempt_at && texts.nextTry(<Time at={one.next_attempt_at} />)}
      </p>
      {hasFailed && (
        <p className="mt-1 text-[0.8125rem] break-words">
          <span className="text-bad">{why.what}.</span> {why.next}
        </p>
      )}
      {fault && <Fault problem={fault} className="mt-3" />}
      <div className="mt-2 flex flex-wrap items-start gap-x-3 gap-y-2">
        <Button
          variant="outline"
          size="sm"
          busy={busy}
          aria-label={texts.sendAgainNamed(eventTitle(one.event))}
          onClick={() => void resend()}
        >
          {texts.sendAgain}
        </Button>
        <details className="min-w-0 flex-1 basis-60">
          <summary className="w-fit py-1.5 text-[0.8125rem] text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
            {texts.whatIsSent}
          </summary>
          <JsonBlock label={texts.message} value={one.payload} className="mt-1" />
          <p className="mt-1 font-mono text-xs break-all text-ink-soft">
            {texts.webhookId(one.delivery_id)}
          </p>
        </details>
      </div>
    </li>
  );
}
