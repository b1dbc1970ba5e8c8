"use client";

import { useState } from "react";
import { PageLink } from "@/components/shell/going";
import { Time } from "@/components/time";
import * as texts from "@/components/tokens/texts";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { GatewayToken, Space } from "@/lib/api-types";
import { askedPath } from "@/lib/space-paths";

/** A token, or what has one: whose it is, when it was used, what it may do. */
export function TokenRow({
  space,
  token,
  own,
  proof = null,
  onRevoke,
}: {
  space: Space;
  token: GatewayToken;
  own: boolean;
  /** By which a machine proves itself, where it has no secret. */
  proof?: string | null;
  onRevoke: () => void;
}) {
  const [seenAt] = useState(Date.now);
  const expired = Date.parse(token.expires_at) < seenAt;
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-line px-5 py-4 last:border-0">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 truncate text-sm font-medium">{token.name}</span>
          <code className="font-mono text-xs text-ink-soft">{token.hint}</code>
        </div>
        <p className="mt-0.5 text-[0.8125rem] text-ink-soft" suppressHydrationWarning>
          {token.kind === "machine" ? texts.madeBy(token.made_by) : !own && `${token.user_id} · `}
          {token.last_used_at ? (
            <>
              {texts.lastUsed(<Time at={token.last_used_at} />)}
              {token.program && texts.by(token.program)}
            </>
          ) : (
            texts.neverUsed
          )}
          {" · "}
          {expired ? texts.expired : texts.expires} <Time at={token.expires_at} />
        </p>
        {proof && <p className="mt-0.5 text-[0.8125rem] break-words text-ink-soft">{proof}</p>}
        <div className="mt-2 flex flex-wrap gap-1.5">
          {token.kind === "client" && <Badge tone="outline">{texts.signedInByAnMcp}</Badge>}
          {token.kind === "machine" && (
            <Badge tone="outline">
              {texts.inNobodysName(proof ? texts.workload : texts.machine)}
            </Badge>
          )}
          {token.kind === "command_line" && <Badge tone="outline">{texts.commandLineLogged}</Badge>}
          {token.is_service && token.kind === "personal" && (
            <Badge tone="outline">{texts.serviceTokenInNobodys}</Badge>
          )}
          {token.read_only && <Badge>{texts.readOnly}</Badge>}
          {token.tools && (
            <Badge title={token.tools.join(", ")}>
              {token.tools.length} {token.tools.length === 1 ? texts.tool : texts.tools}
            </Badge>
          )}
          {!token.read_only && !token.tools && <Badge>{texts.allTools}</Badge>}
          {token.can_manage && <Badge tone="warn">{texts.managesTheSpace}</Badge>}
          {expired && <Badge tone="bad">{texts.expired}</Badge>}
        </div>
      </div>
      <div className="flex gap-1">
        <Button asChild variant="ghost" size="sm">
          <PageLink
            href={askedPath(space.space_id, "activity", { token: token.token_id })}
            name={texts.activity}
            aria-label={texts.activityOf(token.name)}
            prefetch={false}
          >
            {texts.activity}
          </PageLink>
        </Button>
        <Button
          variant="ghost"
          size="sm"
          aria-label={texts.revokeNamed(token.name)}
          onClick={onRevoke}
        >
          {texts.revoke}
        </Button>
      </div>
    </li>
  );
}
