"use client";

import { Plug } from "lucide-react";
import type { Route } from "next";
import * as texts from "@/components/chat/console-texts";
import { Fault } from "@/components/fault";
import { useConnect } from "@/components/notion/use-connect";
import { useConnections } from "@/components/notion/use-connection";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import type { Space } from "@/lib/api-types";
import { lending } from "@/lib/grants";
import type { Problem } from "@/lib/problems";

/** Notion wants a person's consent before anything goes on. */
export function ReconnectCard({
  space,
  problem,
  returnPath,
  onLeave,
  retries,
}: {
  space: Space;
  /** Null: nothing has failed; there is no connection yet, or Notion has ended it. */
  problem: Problem | null;
  returnPath: Route;
  /** Whatever must be kept before the page goes away. */
  onLeave?: () => Promise<void> | void;
  /** Whether something is sent again afterwards. */
  retries?: boolean;
}) {
  const grants = useConnections(space.space_id).now?.grants;
  const own = problem?.reason === "connect_your_own" || grants?.serves_you === "personal";
  const whose = own ? "personal" : "shared";
  const { connect, pending, fault } = useConnect(space.space_id, whose, returnPath);
  const first =
    (problem === null && grants?.serving !== "reconnect_required") ||
    problem?.reason === "not_connected" ||
    problem?.reason === "connect_your_own";
  const mayConnect = own || space.role === "owner";
  const begin = first ? (own ? texts.connectYours : texts.connectIt) : texts.reconnect;
  return (
    <section
      aria-label={first ? texts.connectNotion : texts.reconnectNotion}
      className="rounded-xl border border-line bg-raised p-4"
    >
      <div className="flex gap-3">
        <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-warn-wash text-warn">
          <Plug className="size-4.5" aria-hidden="true" />
        </span>
        <div className="min-w-0 flex-1" role={problem ? "alert" : undefined}>
          <p className="font-medium">
            {!first
              ? (problem?.title ?? texts.notionEndedThis)
              : own
                ? texts.yourOwnNotionIsNot
                : texts.isNotConnected(space.name)}
          </p>
          <p className="mt-0.5 text-sm text-ink-soft">
            {mayConnect
              ? texts.withOneClickNotion(begin, retries ? texts.yourMessageIsThen : "")
              : texts.anOwnerOfCanItUnder(
                  space.name,
                  first ? texts.connect : texts.toReconnect,
                  retries ? texts.yourMessageStays : "",
                )}
          </p>
          {mayConnect && grants && (
            <p className="mt-1 text-sm text-ink-soft">
              {lending(grants.choice, whose, space.name)}
            </p>
          )}
        </div>
      </div>
      {mayConnect && (
        <div className="mt-3.5 flex flex-wrap gap-2 pl-12">
          <Button
            busy={pending}
            onClick={async () => {
              await onLeave?.();
              await connect();
            }}
          >
            {first ? texts.connectNotion : texts.reconnectNotion}
          </Button>
        </div>
      )}
      {problem?.request_id && (
        <details className="mt-3 pl-12 text-[0.8125rem] text-ink-soft">
          <summary className="w-fit underline decoration-line-strong underline-offset-4 hover:text-ink">
            {texts.details}
          </summary>
          <p className="mt-2 break-words">
            {texts.requestId(
              problem.detail,
              <code className="font-mono text-xs break-all">{problem.request_id}</code>,
            )}
          </p>
          <CopyButton text={problem.request_id} label={texts.copyRequestId} className="mt-2" />
        </details>
      )}
      {fault && <Fault problem={fault} className="mt-4" />}
    </section>
  );
}
