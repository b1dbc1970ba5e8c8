"use client";

import { RotateCw } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useState } from "react";
import { Fault } from "@/components/fault";
import { Expiry } from "@/components/notion/expiry";
import { NotionMark } from "@/components/notion/notion-mark";
import { StatusBadge } from "@/components/notion/status-badge";
import * as texts from "@/components/notion/texts";
import { useConnect } from "@/components/notion/use-connect";
import { useChanged, useConnection } from "@/components/notion/use-connection";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { Disconnected, NotionStatus, Space, SpaceConnections } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { stateOf } from "@/lib/connection";
import { DISCONNECTED, NOT_TOLD } from "@/lib/disconnect-words";
import type { ConnectionWords } from "@/lib/grants";
import { spaceApi, spacePath } from "@/lib/space-paths";
import { useWas } from "@/lib/use-was";

const NotionDialog = dynamic(() =>
  import("@/components/notion/notion-dialog").then((module) => module.NotionDialog),
);
const Budget = dynamic(() => import("@/components/budget/budget"));
const DisconnectDialog = dynamic(() => import("@/components/notion/disconnect-dialog"));

/** A link with Notion, the space's or the person's own: its true state, and what can be done about it. */
export function NotionIntegration({
  title,
  space,
  status: first,
  now: made,
  days,
  words,
}: {
  title: string;
  space: Space;
  status: NotionStatus;
  /** As the rest of the page was made from it. */
  now: SpaceConnections;
  /** What has become of it lately. */
  days: ReactNode;
  words: ConnectionWords;
}) {
  const router = useRouter();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const [disconnecting, setDisconnecting] = useState(false);
  const whose = first.grant;
  const here = spacePath(space.space_id, "integrations");
  const { connect, pending, fault } = useConnect(space.space_id, whose, here);
  const connection = useConnection(space.space_id, { whose, invitation: words.invitation });
  const { now = made, serves, verification, checking, check, view } = connection;
  const status = now[whose] ?? first;
  const changed = useChanged(space.space_id);
  const wasOpened = useWas(open);
  const wasDisconnecting = useWas(disconnecting);
  const mayChange = whose === "personal" || space.role === "owner";
  const titleId = `notion-${whose}`;

  // What has become of it meanwhile stands in the rest of the page, too.
  const before = stateOf(made);
  const state = stateOf(now);
  useEffect(() => {
    if (state !== before) router.refresh();
  }, [state, before, router]);

  const disconnect = async () => {
    const done = await callApi<Disconnected>(
      spaceApi(space.space_id, `/notion?${new URLSearchParams({ whose })}`),
      { method: "DELETE" },
    );
    if (done.ok) {
      setOpen(false);
      toast(done.value.revoked_at_notion === false ? NOT_TOLD : DISCONNECTED);
      changed();
      router.refresh();
    }
    return done;
  };

  return (
    <Card aria-labelledby={titleId}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-4 p-5">
        <NotionMark />
        <div className="min-w-0 flex-1 basis-56">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h2 id={titleId} className="text-base font-semibold">
              {title}
            </h2>
            <span aria-live="polite">
              <StatusBadge view={view} />
            </span>
          </div>
          <p className="mt-0.5 text-sm text-ink-soft">{view.detail}</p>
          {verification?.ok && view.state === "connected" && (
            <p className="text-[0.8125rem] text-ink-soft">
              {texts.lastVerified(<Time at={verification.at} now />)}
            </p>
          )}
        </div>
        <div className="flex gap-2 max-sm:w-full max-sm:[&>*]:flex-1">
          {view.action !== "connect" && (
            <Button variant="outline" onClick={() => setOpen(true)}>
              {texts.details}
            </Button>
          )}
          {view.state === "unverified" && (
            <Button variant="outline" busy={checking} onClick={() => void check()}>
              {!checking && <RotateCw aria-hidden="true" />}
              {texts.checkAgain}
            </Button>
          )}
          {view.action && (
            <Button onClick={() => void connect()} busy={pending} disabled={!mayChange}>
              {view.action === "connect" ? texts.connect : texts.reconnect}
            </Button>
          )}
        </div>
      </div>
      <p className="border-t border-line px-5 py-3 text-sm break-words text-ink-soft">
        {status.status === "connected"
          ? words.lent
          : mayChange
            ? words.lending
            : texts.onlyAnOwnerOfThis}
      </p>
      {fault && (
        <div className="px-5 pb-5">
          <Fault problem={fault} />
        </div>
      )}
      {verification?.ok === false && view.state === "unverified" && (
        <div className="px-5 pb-5">
          <Fault problem={verification.problem} />
        </div>
      )}
      {status.status === "connected" && (
        <Expiry
          status={status}
          mayReconnect={mayChange}
          onReconnect={() => void connect()}
          reconnecting={pending}
        />
      )}
      {days}
      {status.budget && <Budget budget={status.budget} onLook={connection.again} />}
      {wasOpened && (
        <NotionDialog
          open={open}
          onOpenChange={setOpen}
          status={status}
          view={view}
          verification={verification}
          checking={checking}
          onCheck={serves ? () => void check() : null}
          title={title === "Notion" ? texts.notionMcp : title}
          terms={words.lending}
          onReconnect={mayChange ? () => void connect() : null}
          reconnecting={pending}
          fault={fault}
          onDisconnect={
            mayChange && view.state !== "disconnected" ? () => setDisconnecting(true) : null
          }
        />
      )}
      {wasDisconnecting && (
        <DisconnectDialog
          space={space}
          whose={whose}
          open={disconnecting}
          onOpenChange={setDisconnecting}
          onDisconnect={disconnect}
        />
      )}
    </Card>
  );
}
