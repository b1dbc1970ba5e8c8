"use client";

import { Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import * as texts from "@/components/webhooks/texts";
import { WebhookRow } from "@/components/webhooks/webhook-row";
import type { Space, Webhook } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { ShownWebhook } from "@/lib/server/webhooks";
import { pathOfWebhook } from "@/lib/webhooks";

const NewWebhookDialog = dynamic(() => import("@/components/webhooks/new-webhook-dialog"));
const MessagesDialog = dynamic(() => import("@/components/webhooks/messages-dialog"));

/** Programs that are told what happens to the connection: for owners. */
export function WebhooksCard({ space, webhooks }: { space: Space; webhooks: ShownWebhook[] }) {
  const router = useRouter();
  const toast = useToast();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Webhook>();
  const [looking, setLooking] = useState<Webhook>();

  const remove = async (webhook: Webhook) => {
    const done = await callApi<void>(pathOfWebhook(space, webhook), { method: "DELETE" });
    if (done.ok) {
      toast({ title: texts.theWebhookIsRemoved, detail: texts.nothingIsSentThere });
      router.refresh();
    }
    return done;
  };

  return (
    <Card aria-labelledby="webhooks-title">
      <CardHeader className="flex-row! flex-wrap items-start justify-between gap-3!">
        <div className="min-w-0 flex-1 basis-64">
          <CardTitle id="webhooks-title">{texts.webhooks}</CardTitle>
          <p className="mt-1 text-sm text-ink-soft">{texts.aProgramOfYours}</p>
        </div>
        <Button variant="outline" onClick={() => setAdding(true)}>
          <Plus aria-hidden="true" />
          {texts.addWebhook}
        </Button>
      </CardHeader>
      {webhooks.length === 0 ? (
        <CardContent>
          <p className="text-sm text-ink-soft">{texts.thereIsNoneYet}</p>
        </CardContent>
      ) : (
        <ul className="mt-4 border-t border-line">
          {webhooks.map((webhook) => (
            <WebhookRow
              key={webhook.webhook_id}
              space={space}
              webhook={webhook}
              onMessages={() => setLooking(webhook)}
              onRemove={() => setRemoving(webhook)}
            />
          ))}
        </ul>
      )}
      {adding && <NewWebhookDialog space={space} onClose={() => setAdding(false)} />}
      {looking && (
        <MessagesDialog
          space={space}
          webhook={looking}
          onClose={() => {
            setLooking(undefined);
            router.refresh();
          }}
        />
      )}
      <ConfirmDialog
        open={removing !== undefined}
        onOpenChange={(open) => {
          if (!open) setRemoving(undefined);
        }}
        title={texts.removeThisWebhook}
        description={texts.itsSecretAndIts}
        takesOpenerAway
        confirm={texts.remove}
        onConfirm={async () =>
          removing ? remove(removing) : { ok: true as const, value: undefined }
        }
      >
        <p className="text-sm break-all">{removing?.url}</p>
      </ConfirmDialog>
    </Card>
  );
}
