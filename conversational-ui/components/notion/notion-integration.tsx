"use client";

import { RotateCw } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Fault } from "@/components/fault";
import { Expiry } from "@/components/notion/expiry";
import { NotionMark } from "@/components/notion/notion-mark";
import { StatusBadge } from "@/components/notion/status-badge";
import { useConnect } from "@/components/notion/use-connect";
import { useVerification } from "@/components/notion/use-verification";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { Disconnected, NotionStatus, Space, Verification } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { connectionView } from "@/lib/connection";
import { spaceApi, spacePath } from "@/lib/space-paths";
import { useWas } from "@/lib/use-was";

const NotionDialog = dynamic(() =>
  import("@/components/notion/notion-dialog").then((module) => module.NotionDialog),
);
const MOST_LOOKS = 4;
const LOOK_AGAIN_MILLISECONDS = 1200;

/** The space's link with Notion: its true state, and what can be done about it. */
export function NotionIntegration({
  space,
  status,
  last,
}: {
  space: Space;
  status: NotionStatus;
  last: Verification | null;
}) {
  const router = useRouter();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const [disconnecting, setDisconnecting] = useState(false);
  const here = spacePath(space.space_id, "integrations");
  const { connect, pending, fault } = useConnect(space.space_id, here);
  const { verification, checking, check } = useVerification(space.space_id, status.status, last);
  const view = connectionView(status, verification, { checking });
  const wasOpened = useWas(open);
  const isOwner = space.role === "owner";

  // Notion names the workspace a moment after the consent.
  const named = status.workspace?.name != null;
  const looks = useRef(0);
  useEffect(() => {
    if (view.state !== "connected" || named || looks.current >= MOST_LOOKS) return;
    const timer = setTimeout(() => {
      looks.current += 1;
      router.refresh();
    }, LOOK_AGAIN_MILLISECONDS);
    return () => clearTimeout(timer);
  });

  const disconnect = async () => {
    const done = await callApi<Disconnected>(spaceApi(space.space_id, "/notion"), {
      method: "DELETE",
    });
    if (done.ok) {
      setOpen(false);
      toast(
        done.value.revoked_at_notion === false
          ? {
              title: "Disconnected here, but Notion could not be told",
              detail: "Remove the connection in Notion's settings under Connections as well.",
              tone: "bad",
            }
          : { title: "Notion is disconnected", detail: "The stored tokens are deleted." },
      );
      router.refresh();
    }
    return done;
  };

  return (
    <Card aria-labelledby="notion-title">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-4 p-5">
        <NotionMark />
        <div className="min-w-0 flex-1 basis-56">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <h2 id="notion-title" className="text-base font-semibold">
              Notion
            </h2>
            <span aria-live="polite">
              <StatusBadge view={view} />
            </span>
          </div>
          <p className="mt-0.5 text-sm text-ink-soft">{view.detail}</p>
          {verification?.ok && view.state === "connected" && (
            <p className="text-[0.8125rem] text-ink-soft">
              Last verified <Time at={verification.at} now />
            </p>
          )}
        </div>
        <div className="flex gap-2 max-sm:w-full max-sm:[&>*]:flex-1">
          {view.action !== "connect" && (
            <Button variant="outline" onClick={() => setOpen(true)}>
              Details
            </Button>
          )}
          {view.state === "unverified" && (
            <Button variant="outline" busy={checking} onClick={() => void check()}>
              {!checking && <RotateCw aria-hidden="true" />}
              Check again
            </Button>
          )}
          {view.action && (
            <Button onClick={() => void connect()} busy={pending} disabled={!isOwner}>
              {view.action === "connect" ? "Connect" : "Reconnect"}
            </Button>
          )}
        </div>
      </div>
      {view.action && !isOwner && (
        <p className="border-t border-line px-5 py-3 text-sm text-ink-soft">
          Only an owner of this space can connect it. Ask one of them: they are listed under
          Members.
        </p>
      )}
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
          isOwner={isOwner}
          onReconnect={() => void connect()}
          reconnecting={pending}
        />
      )}
      {wasOpened && (
        <NotionDialog
          open={open}
          onOpenChange={setOpen}
          status={status}
          view={view}
          verification={verification}
          checking={checking}
          onCheck={() => void check()}
          onReconnect={isOwner ? () => void connect() : null}
          reconnecting={pending}
          fault={fault}
          onDisconnect={isOwner ? () => setDisconnecting(true) : null}
        />
      )}
      <ConfirmDialog
        open={disconnecting}
        onOpenChange={setDisconnecting}
        title="Disconnect Notion?"
        description={`${space.name} loses its MCP connection at once: in the chat, and for every client with a gateway token.`}
        confirm="Disconnect and delete tokens"
        onConfirm={disconnect}
      >
        <div className="flex flex-col gap-3 text-sm">
          <div>
            <p className="font-medium">Will be deleted</p>
            <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
              <li>
                Notion's access and refresh token for this space; they are revoked at Notion, too
              </li>
              <li>the registration that belonged to them</li>
            </ul>
          </div>
          <div>
            <p className="font-medium">Stays</p>
            <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
              <li>everything in Notion itself</li>
              <li>members, gateway tokens, conversations, and this history</li>
            </ul>
          </div>
        </div>
      </ConfirmDialog>
    </Card>
  );
}
