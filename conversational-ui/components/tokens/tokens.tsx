"use client";

import { KeyRound, Plus } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { GatewayToken, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";

const NewTokenDialog = dynamic(() =>
  import("@/components/tokens/new-token-dialog").then((module) => module.NewTokenDialog),
);

/** Gateway tokens of the space: one's own, and for owners everybody's. */
export function Tokens({
  space,
  tokens,
  userId,
  gatewayUrl,
}: {
  space: Space;
  tokens: GatewayToken[];
  userId: string;
  gatewayUrl: string;
}) {
  const router = useRouter();
  const toast = useToast();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<GatewayToken>();

  const revoke = async (token: GatewayToken) => {
    const done = await callApi<void>(
      `/api/spaces/${encodeURIComponent(space.space_id)}/tokens/${encodeURIComponent(token.token_id)}`,
      { method: "DELETE" },
    );
    if (done.ok) {
      toast({ title: `${token.name} is revoked`, detail: "It stops working within seconds." });
      router.refresh();
    }
    return done;
  };
  const create = (
    <Button onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" />
      New token
    </Button>
  );

  return (
    <>
      {tokens.length === 0 ? (
        <Card className="flex flex-col items-center gap-3 px-6 py-12 text-center">
          <KeyRound className="size-6 text-ink-faint" aria-hidden="true" />
          <h2 className="text-base font-semibold">No tokens yet</h2>
          <p className="max-w-sm text-sm text-ink-soft">
            Create one to use this space's Notion from Claude Code, Cursor, VS Code or a script.
          </p>
          <div className="mt-1">{create}</div>
        </Card>
      ) : (
        <section aria-labelledby="tokens-title">
          <div className="flex items-center justify-between gap-3">
            <h2 id="tokens-title" className="text-base font-semibold">
              {tokens.length} {tokens.length === 1 ? "token" : "tokens"}
            </h2>
            {create}
          </div>
          <Card className="mt-3">
            <ul>
              {tokens.map((token) => (
                <TokenRow
                  key={token.token_id}
                  token={token}
                  own={token.user_id === userId}
                  onRevoke={() => setRevoking(token)}
                />
              ))}
            </ul>
          </Card>
        </section>
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
        title={`Revoke ${revoking ? revoking.name : "this token"}?`}
        description="Whatever uses it is refused from now on. This cannot be taken back; a new token can be made at any time."
        confirm="Revoke"
        onConfirm={async () =>
          revoking ? revoke(revoking) : { ok: true as const, value: undefined }
        }
      />
    </>
  );
}

function TokenRow({
  token,
  own,
  onRevoke,
}: {
  token: GatewayToken;
  own: boolean;
  onRevoke: () => void;
}) {
  const expired = Date.parse(token.expires_at) < Date.now();
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-5 py-4 last:border-0">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 truncate text-sm font-medium">{token.name}</span>
          <code className="font-mono text-xs text-ink-soft">{token.hint}</code>
        </div>
        <p className="mt-0.5 text-[0.8125rem] text-ink-soft" suppressHydrationWarning>
          {!own && token.kind !== "machine" && `${token.user_id} · `}
          {token.last_used_at ? (
            <>
              Last used <Time at={token.last_used_at} />
            </>
          ) : (
            "Never used"
          )}
          {" · "}
          {expired ? "expired" : "expires"} <Time at={token.expires_at} />
        </p>
        <div className="mt-2 flex flex-wrap gap-1.5">
          {token.kind === "client" && <Badge tone="outline">signed in by an MCP client</Badge>}
          {token.kind === "machine" && <Badge tone="outline">machine, in nobody’s name</Badge>}
          {token.kind === "command_line" && <Badge tone="outline">command line, logged in</Badge>}
          {token.is_service && token.kind === "personal" && (
            <Badge tone="outline">service token, in nobody’s name</Badge>
          )}
          {token.read_only && <Badge>read only</Badge>}
          {token.tools && (
            <Badge title={token.tools.join(", ")}>
              {token.tools.length} {token.tools.length === 1 ? "tool" : "tools"}
            </Badge>
          )}
          {!token.read_only && !token.tools && <Badge>all tools</Badge>}
          {token.can_manage && <Badge tone="warn">manages the space</Badge>}
          {expired && <Badge tone="bad">expired</Badge>}
        </div>
      </div>
      <Button variant="ghost" size="sm" aria-label={`Revoke ${token.name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}
