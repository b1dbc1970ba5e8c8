"use client";

import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import * as texts from "@/components/webhooks/texts";
import type { Space, WebhookTest } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { cn } from "@/lib/cn";
import type { Problem } from "@/lib/problems";
import type { ShownWebhook } from "@/lib/server/webhooks";
import { eventsWords, outcomeOf, pathOfWebhook, testWords } from "@/lib/webhooks";

/** One webhook: what it is told, what became of the newest message, and what can be done. */
export function WebhookRow({
  space,
  webhook,
  onMessages,
  onRemove,
}: {
  space: Space;
  webhook: ShownWebhook;
  onMessages: () => void;
  onRemove: () => void;
}) {
  const [tested, setTested] = useState<WebhookTest>();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();

  const test = () =>
    startTransition(async () => {
      setTested(undefined);
      setFault(undefined);
      const path = `${pathOfWebhook(space, webhook)}/test`;
      const done = await callApi<WebhookTest>(path, { method: "POST" });
      if (done.ok) setTested(done.value);
      else setFault(done.problem);
    });

  return (
    <li className="border-b border-line px-5 py-4 last:border-0">
      <p className="text-sm font-medium break-all">{webhook.url}</p>
      <p className="mt-0.5 text-[0.8125rem] break-words text-ink-soft">
        {eventsWords(webhook.events)}
        {texts.addedBy(webhook.created_by, <Time at={webhook.created_at} />)}
      </p>
      <Newest webhook={webhook} />
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          variant="outline"
          size="sm"
          busy={pending}
          aria-label={texts.sendTestTo(webhook.url)}
          onClick={test}
        >
          {texts.sendTest}
        </Button>
        <Button
          variant="outline"
          size="sm"
          aria-label={texts.messagesTo(webhook.url)}
          onClick={onMessages}
        >
          {texts.messages}
        </Button>
        <Button
          variant="ghost"
          size="sm"
          aria-label={texts.removeNamed(webhook.url)}
          onClick={onRemove}
        >
          {texts.remove}
        </Button>
      </div>
      <p
        role="status"
        className={cn(
          "text-sm break-words",
          tested && "mt-3",
          tested?.delivered ? "text-good" : "text-bad",
        )}
      >
        {tested && testWords(tested)}
      </p>
      {fault && <Fault problem={fault} className="mt-3" />}
    </li>
  );
}

function Newest({ webhook: { newest } }: { webhook: ShownWebhook }) {
  if (newest === undefined) return null;
  if (newest === null) {
    return <p className="mt-1 text-[0.8125rem] text-ink-soft">{texts.nothingWasTold}</p>;
  }
  const { tone, label } = outcomeOf(newest);
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-[0.8125rem] text-ink-soft">
      {texts.newestMessage}
      <Badge tone={tone}>{label}</Badge>
      <Time at={newest.attempted_at ?? newest.created_at} />
    </p>
  );
}
