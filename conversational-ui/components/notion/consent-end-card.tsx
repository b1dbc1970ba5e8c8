"use client";

import { CircleAlert, CircleCheck, CircleHelp } from "lucide-react";
import type { Route } from "next";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { Fault } from "@/components/fault";
import * as texts from "@/components/notion/consent-texts";
import { useWorkspaceName } from "@/components/notion/use-workspace-name";
import { Button, Spinner } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { ConnectionMade, Finished, SpaceConnections } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { agreePending } from "@/lib/chat/pending";
import { tellOfConnection } from "@/lib/connection-news";
import { CONSENT_ERRORS, type ConsentEnd, consentError } from "@/lib/consent-end";
import { connectedWords, madeWords } from "@/lib/grants";
import type { Problem } from "@/lib/problems";
import { rememberSpace } from "@/lib/space-cookie";
import { pageAt, spaceApi, spacePath } from "@/lib/space-paths";

export type ShownEnd =
  | Exclude<ConsentEnd, { kind: "success" }>
  | { kind: "connected"; spaceId: string; made: ConnectionMade | null }
  /** This page ended no consent: it is shown once more, or is looked at without one. */
  | { kind: "already"; spaceId: string; workspace: string | null; space: string }
  /** It is said to be made, and the gateway has not said so yet: the browser asks on. */
  | { kind: "awaited"; spaceId: string }
  | { kind: "unconfirmed" }
  | { kind: "fault"; problem: Problem };

export function ConsentEndCard({
  end: first,
  next,
  userId,
}: {
  end: ShownEnd;
  next: string | null;
  /** Who is signed in. */
  userId: string | null;
}) {
  const [end, setEnd] = useState<ShownEnd>(first);
  const isOpen = first.kind === "confirm" || first.kind === "awaited";
  const [finishing, setFinishing] = useState(isOpen);

  const finish = useCallback(async () => {
    if (first.kind !== "confirm" && first.kind !== "awaited") return;
    setFinishing(true);
    setEnd(await (first.kind === "confirm" ? finished(first.state, userId) : seen(first.spaceId)));
    setFinishing(false);
  }, [first, userId]);

  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return; // React's strict mode runs effects twice; a state is good for once
    begun.current = true;
    void finish();
  }, [finish]);

  return (
    <Card className="p-7" aria-live="polite" aria-busy={finishing}>
      {finishing ? (
        <div className="flex items-center gap-3">
          <Spinner className="size-5!" />
          <h1 className="text-lg font-semibold">{texts.finishingTheConnection}</h1>
        </div>
      ) : (
        <End end={end} next={next} onAgain={isOpen ? () => void finish() : null} />
      )}
    </Card>
  );
}

/** By the person who is signed in. */
async function finished(state: string, userId: string | null): Promise<ShownEnd> {
  const done = await callApi<Finished>("/api/notion/oauth/finish", {
    method: "POST",
    body: { state },
  });
  if (!done.ok) return { kind: "fault", problem: done.problem };
  const { status, spaceId, made, error } = done.value;
  if (status !== "success" || !spaceId) return { kind: "error", error: consentError(error) };
  if (userId !== null) rememberSpace(spaceId, userId);
  agreePending(spaceId);
  tellOfConnection({ spaceId, found: null });
  return { kind: "connected", spaceId, made };
}

/** Of a connection that is said to be made. */
async function seen(spaceId: string): Promise<ShownEnd> {
  const found = await callApi<SpaceConnections>(spaceApi(spaceId, "/notion"));
  if (!found.ok) return { kind: "fault", problem: found.problem };
  const { shared, personal } = found.value;
  return [shared, personal].some((one) => one?.status === "connected")
    ? { kind: "connected", spaceId, made: null }
    : { kind: "unconfirmed" };
}

function End({
  end,
  next,
  onAgain,
}: {
  end: ShownEnd;
  next: string | null;
  onAgain: (() => void) | null;
}) {
  const back = backTo(next);
  switch (end.kind) {
    case "connected":
      return <Made spaceId={end.spaceId} made={end.made} next={next} />;
    case "already":
      return (
        <Connected
          title={texts.alreadyConnected}
          text={connectedWords(end.workspace, end.space)}
          spaceId={end.spaceId}
          next={next}
        />
      );
    case "error": {
      const { title, text } = CONSENT_ERRORS[end.error];
      return (
        <Words
          icon={<CircleAlert className="size-7 text-bad" aria-hidden="true" />}
          title={title}
          text={text}
          {...back}
        />
      );
    }
    case "fault":
      return (
        <div className="flex flex-col gap-4">
          <h1 className="text-xl font-semibold tracking-tight">{texts.notConfirmedYet}</h1>
          <Fault
            problem={end.problem}
            actions={
              <>
                {end.problem.retry && onAgain && (
                  <Button variant="outline" size="sm" onClick={onAgain}>
                    {texts.tryAgain}
                  </Button>
                )}
                <Button variant="ghost" size="sm" asChild>
                  <a href={back.next}>{back.nextLabel}</a>
                </Button>
              </>
            }
          />
        </div>
      );
    default:
      return (
        <Words
          icon={<CircleHelp className="size-7 text-ink-soft" aria-hidden="true" />}
          title={texts.nothingToFinish}
          text={texts.thisPageOnlyEnds}
          next={next ?? "/integrations"}
          nextLabel={texts.showIntegrations}
        />
      );
  }
}

function Made({
  spaceId,
  made,
  next,
}: {
  spaceId: string;
  made: ConnectionMade | null;
  next: string | null;
}) {
  const what = connectedWords(useWorkspaceName(spaceId, made), made?.space ?? null);
  const text = madeWords(made, what);
  return <Connected title={texts.mcpConnected} text={text} spaceId={spaceId} next={next} />;
}

function Connected({
  title,
  text,
  spaceId,
  next,
}: {
  title: string;
  text: string;
  spaceId: string;
  next: string | null;
}) {
  return (
    <Words
      icon={<CircleCheck className="size-7 text-good" aria-hidden="true" />}
      title={title}
      text={text}
      {...onwards(spaceId, next)}
      integrations={spacePath(spaceId, "integrations")}
    />
  );
}

/** The page that the consent began on; whoever began with the integrations, begins to chat now. */
function onwards(spaceId: string, next: string | null) {
  const chat = spacePath(spaceId, "chat");
  const begins = next === null || next === chat || next === spacePath(spaceId, "integrations");
  return begins
    ? { next: chat, nextLabel: texts.goToTheChat }
    : { next, nextLabel: texts.continueIt };
}

/** Nothing was connected: back to the page that it began on. */
function backTo(next: string | null) {
  if (next === null) return { next: "/integrations", nextLabel: texts.backToIntegrations };
  const page = pageAt(next);
  if (page === "chat") return { next, nextLabel: texts.backToTheChat };
  return {
    next,
    nextLabel: page.startsWith("tools") ? texts.backToTheTools : texts.backToIntegrations,
  };
}

function Words({
  icon,
  title,
  text,
  next,
  nextLabel,
  integrations,
}: {
  icon: ReactNode;
  title: string;
  text: string;
  next: string;
  nextLabel: string;
  integrations?: Route;
}) {
  return (
    <>
      {icon}
      <h1 className="mt-3 text-xl font-semibold tracking-tight">{title}</h1>
      <p className="mt-1.5 text-ink-soft">{text}</p>
      <div className="mt-6 flex flex-wrap gap-2">
        {/* Loaded as whole pages: back from there, this one is asked for by its bare address. */}
        <Button asChild>
          <a href={next}>{nextLabel}</a>
        </Button>
        {integrations && (
          <Button variant="outline" asChild>
            <a href={integrations}>{texts.integrations}</a>
          </Button>
        )}
      </div>
    </>
  );
}
