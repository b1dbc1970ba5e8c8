"use client";

import {
  Ban,
  Check,
  ChevronRight,
  CircleHelp,
  CircleSlash,
  CircleX,
  Hand,
  Pause,
  RotateCw,
} from "lucide-react";
import dynamic from "next/dynamic";
import { type ReactNode, useMemo, useState } from "react";
import { AppNote } from "@/components/chat/app-note";
import { Approval } from "@/components/chat/approval";
import { Arguments } from "@/components/chat/arguments";
import { TextBlock } from "@/components/chat/json-block";
import { KindBadge } from "@/components/chat/kind-badge";
import { PROGRESS_LOOK } from "@/components/chat/progress-look";
import * as texts from "@/components/chat/texts";
import { ToolResultView } from "@/components/chat/tool-result";
import { LoadingForm } from "@/components/console/form/loading-form";
import { Button, Spinner } from "@/components/ui/button";
import { asLine } from "@/lib/browser-problems";
import { CALL_WORDS } from "@/lib/chat/call-words";
import { changeOf } from "@/lib/chat/change";
import type { EditedInput } from "@/lib/chat/editing";
import { takesAway } from "@/lib/chat/taking-away";
import { dataOf, faultIn, type Progress, type ToolResult } from "@/lib/chat/tool";
import type { ToolState, ToolView } from "@/lib/chat/tool-state";
import { cn } from "@/lib/cn";
import { useMedia } from "@/lib/use-media";

/** With what compares texts; of no use until something is to be changed. */
const ChangeView = dynamic(() => import("@/components/chat/change-view"), { ssr: false });

/** With the form library, and that of what no card knows. */
const CallForm = dynamic(() => import("@/components/chat/call-form"), {
  ssr: false,
  loading: LoadingForm,
});

const ApprovalSheet = dynamic(() => import("@/components/chat/approval-sheet"), { ssr: false });

const STATES: Record<ToolState, { icon: ReactNode; look: string }> = {
  preparing: { icon: <Spinner />, look: "text-ink-soft" },
  waiting: { icon: <Hand />, look: "text-warn" },
  running: { icon: <Spinner />, look: "text-ink-soft" },
  unknown: { icon: <CircleHelp />, look: "text-warn" },
  held: { icon: <Pause />, look: "text-warn" },
  done: { icon: <Check />, look: "text-good" },
  failed: { icon: <CircleX />, look: "text-bad" },
  cancelled: { icon: <CircleSlash />, look: "text-ink-soft" },
  denied: { icon: <Ban />, look: "text-ink-soft" },
};

export interface Decision {
  approvalId: string;
  approved: boolean;
  /** Also from now on, for this tool. */
  always?: boolean;
  /** In other words than the model's. */
  edited?: EditedInput;
}

/** One tool call, whatever has become of it. */
export function ToolCard({
  view,
  isNext = true,
  onDecide,
  onRerun,
}: {
  view: ToolView;
  /** The one to decide, where several wait. */
  isNext?: boolean;
  onDecide: (decision: Decision) => void;
  /** Runs the same call once more, where it has failed. */
  onRerun?: (() => void) | undefined;
}) {
  const { icon, look } = STATES[view.state];
  const label = CALL_WORDS[view.state];
  const waiting = view.state === "waiting";
  const result = view.state === "done" ? view.result : null;
  const gist = useMemo(() => gistOf(view.input) ?? titleOf(result), [view.input, result]);
  const [edited, setEdited] = useState<unknown>(null);
  const [isEditing, setIsEditing] = useState(false);
  const input = edited ?? view.input;
  const change = waiting ? changeOf(view.name, input) : null;
  const isSheet = useMedia("(max-width: 39.99rem)", false) && waiting;
  // Of a call that reads nothing is taken away, whatever it is given.
  const kind =
    view.kind !== "read" && view.state !== "preparing"
      ? takesAway(view.takesAway, input, view.kind === "destructive")
        ? "destructive"
        : "write"
      : view.kind;
  const asked = (
    <>
      {change && <ChangeView change={change} />}
      {waiting && change === null && (
        <CallForm
          name={view.name}
          input={input}
          isEditing={isEditing}
          onEditing={setIsEditing}
          onEdit={setEdited}
        />
      )}
      {view.state !== "preparing" && !(waiting && change === null) && (
        <Arguments value={input} isFolded={change !== null} />
      )}
    </>
  );
  const approval = waiting && !isEditing && (
    <Approval
      view={view}
      input={input}
      isEdited={edited !== null}
      takesAway={kind === "destructive"}
      onEdit={setEdited}
      onDecide={onDecide}
    />
  );
  return (
    // No landmark: there are many, often of the same name.
    <article
      aria-label={`${view.title}: ${label}`}
      data-state={view.state}
      className={cn(
        "my-2.5 overflow-hidden rounded-xl border bg-raised text-sm",
        waiting ? "border-warn/45" : "border-line",
      )}
    >
      <details className="group" open={(waiting && !isSheet) || undefined}>
        <summary className="flex list-none items-center gap-2.5 px-3.5 py-2.5 hover:bg-hover/60 [&::-webkit-details-marker]:hidden">
          <span aria-hidden="true" className={cn("[&_svg]:size-4", look)}>
            {icon}
          </span>
          <span className="min-w-0 flex-1 truncate">
            <span className="font-medium">{view.title}</span>
            {gist && <span className="ml-2 text-ink-soft">{gist}</span>}
          </span>
          {kind !== "read" && (
            <span className="max-sm:hidden">
              <KindBadge kind={kind} />
            </span>
          )}
          <span className={cn("shrink-0 text-[0.8125rem]", look)}>{label}</span>
          <ChevronRight
            aria-hidden="true"
            className="size-4 shrink-0 text-ink-faint transition-transform group-open:rotate-90"
          />
        </summary>
        <div className="flex flex-col gap-2.5 border-t border-line p-3.5">
          <p className="flex items-center justify-between gap-3 font-mono text-xs text-ink-soft">
            {view.name}
            <span className="font-sans sm:hidden">
              <KindBadge kind={kind} />
            </span>
          </p>
          {!isSheet && asked}
          <Outcome view={view} />
          {view.app && <AppNote uri={view.app} />}
        </div>
      </details>
      {view.state === "running" && view.progress && <ProgressLine progress={view.progress} />}
      {view.state === "failed" && (
        <p className="border-t border-line px-3.5 py-2.5 break-words text-bad">
          {view.problem ? asLine(view.problem) : faultIn(view.text) || texts.theToolGaveNoReason}
        </p>
      )}
      {view.state === "unknown" && (
        <p className="border-t border-line px-3.5 py-2.5 break-words text-warn">
          {view.problem && view.problem.reason !== "outcome_unknown" && `${view.problem.title}. `}
          {texts.itMayHaveBeenDone}
        </p>
      )}
      {(view.state === "failed" || view.state === "unknown") && onRerun && (
        <div className="border-t border-line px-3.5 py-2.5">
          <Button size="sm" variant="outline" onClick={onRerun}>
            <RotateCw aria-hidden="true" />
            {texts.runItAgain}
          </Button>
        </div>
      )}
      {isSheet ? (
        <ApprovalSheet title={view.title} isNext={isNext}>
          <div className="flex min-h-0 flex-col gap-2.5 overflow-y-auto px-4 pb-3">{asked}</div>
          <div className="max-h-[60dvh] shrink-0 overflow-y-auto">{approval}</div>
        </ApprovalSheet>
      ) : (
        approval
      )}
    </article>
  );
}

function Outcome({ view }: { view: ToolView }) {
  if (view.state === "done") return <ToolResultView result={view.result} />;
  if (view.state !== "failed") return null;
  if (view.result) return <ToolResultView result={view.result} />;
  const { problem, text } = view;
  if (!problem) return <TextBlock label={texts.error} text={text} />;
  return problem.detail || problem.request_id ? (
    <TextBlock
      label={texts.details}
      text={[
        problem.reason,
        problem.detail,
        problem.request_id && texts.requestIdRequestId(problem.request_id),
      ]
        .filter(Boolean)
        .join("\n")}
    />
  ) : null;
}

function ProgressLine({ progress: { progress, total, message } }: { progress: Progress }) {
  const words = message ?? (total === null ? texts.step(progress) : texts.ofIt(progress, total));
  return (
    <div className="flex items-center gap-3 border-t border-line px-3.5 py-2.5 text-ink-soft">
      <progress
        className={cn("h-1.5 w-32 shrink-0", PROGRESS_LOOK)}
        aria-label={texts.progress}
        {...(total === null ? {} : { value: progress, max: total })}
      />
      <span className="truncate">{words}</span>
    </div>
  );
}

/** What is looked for, or made, in a few words: most calls need no opening then. */
function gistOf(input: unknown): string | null {
  if (typeof input !== "object" || input === null) return null;
  const { query, title, name, question } = input as Record<string, unknown>;
  return quoted([query, question, title, name]);
}

/** What was fetched, where it was asked for by its address or id. */
function titleOf(result: ToolResult | null): string | null {
  const data = result && dataOf(result);
  if (typeof data !== "object" || data === null) return null;
  return quoted([(data as Record<string, unknown>).title]);
}

function quoted(some: unknown[]): string | null {
  const words = some.find((one) => typeof one === "string" && one.trim());
  return words ? `“${String(words).trim().slice(0, 80)}”` : null;
}
