"use client";

import { KeyRound, Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Machines } from "@/components/tokens/machines";
import * as texts from "@/components/tokens/texts";
import { TokenRow } from "@/components/tokens/token-row";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { GatewayToken, Space, Workload } from "@/lib/api-types";
import { callApi, type Outcome } from "@/lib/call-api";

const NewTokenDialog = dynamic(() =>
  import("@/components/tokens/new-token-dialog").then((module) => module.NewTokenDialog),
);

/** Gateway tokens of the space: one's own, and for owners everybody's. */
export function Tokens({
  space,
  tokens: listed,
  workloads,
  userId,
  gatewayUrl,
}: {
  space: Space;
  tokens: GatewayToken[];
  /** What its machines prove themselves by; null for who is no owner, and sees none. */
  workloads: Outcome<Workload[]> | null;
  userId: string;
  gatewayUrl: string;
}) {
  const router = useRouter();
  const toast = useToast();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<GatewayToken>();

  const tokens = listed.filter(({ kind }) => kind !== "machine");
  const machines = listed.filter(({ kind }) => kind === "machine");

  const revoke = async (token: GatewayToken) => {
    const done = await callApi<void>(
      `/api/spaces/${encodeURIComponent(space.space_id)}/tokens/${encodeURIComponent(token.token_id)}`,
      { method: "DELETE" },
    );
    if (done.ok) {
      toast({ title: texts.isRevoked(token.name), detail: texts.itStopsWorking });
      router.refresh();
    }
    return done;
  };
  const create = (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" />
      {texts.newToken}
    </Button>
  );

  return (
    <>
      {tokens.length === 0 ? (
        <Card className="flex flex-col items-center gap-3 px-6 py-12 text-center">
          <KeyRound className="size-6 text-ink-faint" aria-hidden="true" />
          <h2 className="text-base font-semibold">{texts.noTokensYet}</h2>
          <p className="max-w-sm text-sm text-ink-soft">{texts.createOneToUse}</p>
          <div className="mt-1">{create}</div>
        </Card>
      ) : (
        <section aria-labelledby="tokens-title">
          <div className="flex items-center justify-between gap-3">
            <h2 id="tokens-title" className="text-base font-semibold">
              {tokens.length} {tokens.length === 1 ? texts.token : texts.tokens}
            </h2>
            {create}
          </div>
          <Card className="mt-3">
            <ul>
              {tokens.map((token) => (
                <TokenRow
                  key={token.token_id}
                  space={space}
                  token={token}
                  own={token.user_id === userId}
                  onRevoke={() => setRevoking(token)}
                />
              ))}
            </ul>
          </Card>
        </section>
      )}
      {workloads && (
        <Machines
          space={space}
          machines={machines}
          workloads={workloads}
          gatewayUrl={gatewayUrl}
          onRevoke={setRevoking}
        />
      )}
      {creating && (
        <NewTokenDialog
          space={space}
          gatewayUrl={gatewayUrl}
          open={creating}
          onOpenChange={setCreating}
        />
      )}
      <ConfirmDialog
        open={revoking !== undefined}
        onOpenChange={(open) => {
          if (!open) setRevoking(undefined);
        }}
        title={texts.revokeAsked(revoking ? revoking.name : texts.thisToken)}
        description={texts.whateverUsesItIsRefused}
        takesOpenerAway
        confirm={texts.revoke}
        onConfirm={async () =>
          revoking ? revoke(revoking) : { ok: true as const, value: undefined }
        }
      />
    </>
  );
}
