"use client";

import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { Fault } from "@/components/fault";
import * as texts from "@/components/notion/opened-texts";
import { StatusBadge } from "@/components/notion/status-badge";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import type { NotionStatus, Verification } from "@/lib/api-types";
import { type ConnectionView, endWords } from "@/lib/connection";
import type { Problem } from "@/lib/problems";

export function NotionDialog({
  title,
  terms,
  open,
  onOpenChange,
  status,
  view,
  verification,
  checking,
  onCheck,
  onReconnect,
  reconnecting,
  fault,
  onDisconnect,
}: {
  title: string;
  /** Whose rights a consent lends to whom. */
  terms: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  status: NotionStatus;
  view: ConnectionView;
  verification: Verification | null;
  checking: boolean;
  /** null: this person's calls do not go through it. */
  onCheck: (() => void) | null;
  /** null: not this person's to do. */
  onReconnect: (() => void) | null;
  reconnecting: boolean;
  fault: Problem | undefined;
  onDisconnect: (() => void) | null;
}) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <DialogHead title={title}>
          {texts.withNotionsMcp(
            status.grant === "personal" ? texts.yourOwnConnection : texts.theConnectionOfThis,
          )}
        </DialogHead>
        <div className="rounded-xl border border-line">
          <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line px-4 py-3">
            <StatusBadge view={view} />
            {onCheck && (
              <Button variant="ghost" size="sm" busy={checking} onClick={onCheck}>
                {!checking && <RotateCw aria-hidden="true" />}
                {texts.checkNow}
              </Button>
            )}
          </div>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2 px-4 py-3.5 text-sm">
            <Row name={texts.lastVerified}>
              {verification ? (
                <>
                  <Time at={verification.at} now />
                  {!verification.ok && `: ${verification.problem.title.toLowerCase()}`}
                </>
              ) : (
                texts.notYet
              )}
            </Row>
            <Row name={texts.workspace}>
              {status.workspace?.name ?? status.workspace?.id ?? texts.notNamedByNotion}
            </Row>
            {status.connected_by && <Row name={texts.connectedBy}>{status.connected_by}</Row>}
            {status.connected_at && (
              <Row name={texts.connected2}>
                <Time at={status.connected_at} />
              </Row>
            )}
            {status.last_refreshed_at && (
              <Row name={texts.accessRenewed}>
                <Time at={status.last_refreshed_at} />
              </Row>
            )}
            {status.last_failure && (
              <Row name={texts.endedByNotion}>
                <Time at={status.last_failure.at} />. {endWords(status.last_failure.error)}
              </Row>
            )}
          </dl>
          {verification?.ok && (
            <details className="border-t border-line">
              <summary className="px-4 py-3 text-sm font-medium hover:bg-hover">
                {texts.toolsNamed(verification.tools.length)}
              </summary>
              <ul
                // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard as well
                tabIndex={0}
                aria-label={texts.tools}
                className="max-h-56 overflow-y-auto border-t border-line px-4 py-2"
              >
                {verification.tools.map((tool) => (
                  <li
                    key={tool.name}
                    className="flex items-center justify-between gap-3 py-1 text-sm"
                  >
                    <span className="min-w-0 truncate font-mono text-[0.8125rem]">{tool.name}</span>
                    <Badge tone={tool.readOnly ? "plain" : "warn"}>
                      {tool.readOnly ? texts.reads : texts.mayWrite}
                    </Badge>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </div>
        {fault && <Fault problem={fault} className="mt-4" />}
        {onReconnect && (
          <p className="mt-5 text-[0.8125rem] text-ink-soft">
            <span className="font-medium text-ink">{texts.ifYouReconnect}</span>
            {terms}
          </p>
        )}
        {(onReconnect || onDisconnect) && (
          <div className="mt-4 flex flex-wrap justify-between gap-2">
            {onDisconnect && (
              <Button variant="danger" onClick={onDisconnect}>
                {texts.disconnectMore}
              </Button>
            )}
            {onReconnect && (
              <Button
                variant={view.action ? "primary" : "outline"}
                busy={reconnecting}
                onClick={onReconnect}
              >
                {view.action === "connect" ? texts.connect : texts.reconnect}
              </Button>
            )}
          </div>
        )}
      </DialogContent>
    </Dialog>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-soft">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
