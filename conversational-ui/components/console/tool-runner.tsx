"use client";

import { Play, Square } from "lucide-react";
import type { Route } from "next";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { JsonBlock } from "@/components/chat/json-block";
import { KindBadge } from "@/components/chat/kind-badge";
import { PROGRESS_LOOK } from "@/components/chat/progress-look";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import { SourceChips } from "@/components/chat/source-chips";
import { ToolResultView } from "@/components/chat/tool-result";
import { duration, type FinishedCall, outcomeOf } from "@/components/console/call-history";
import { SchemaField } from "@/components/console/schema-field";
import { Fault } from "@/components/fault";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardFooter } from "@/components/ui/card";
import { Textarea } from "@/components/ui/input";
import type { Space } from "@/lib/api-types";
import { needsConsent } from "@/lib/chat/failures";
import { runTool } from "@/lib/chat/run-tool";
import {
  argumentsOf,
  type Complaint,
  type Draft,
  draftOf,
  emptyDraft,
  fieldOf,
  readDraft,
} from "@/lib/chat/schema-form";
import { sourcesIn } from "@/lib/chat/sources";
import { dataOf, type NotionTool, type Progress } from "@/lib/chat/tool";
import { ruleFor, type ToolPolicy } from "@/lib/chat/tool-policy";
import { cn } from "@/lib/cn";

/** One tool: what it is, its form, and what came of running it. */
export function ToolRunner({
  tool,
  given,
  space,
  policy,
  returnPath,
  onFinished,
}: {
  tool: NotionTool;
  /** Arguments to begin with. */
  given: unknown;
  space: Space;
  policy: ToolPolicy;
  returnPath: Route;
  onFinished: (call: FinishedCall) => void;
}) {
  const id = useId();
  const field = useMemo(() => fieldOf(tool.inputSchema), [tool.inputSchema]);
  const [draft, setDraft] = useState<Draft>(() => {
    const filled = given === undefined ? null : draftOf(field, given);
    return filled ?? emptyDraft(field);
  });
  // Arguments that the form cannot show are shown as they are.
  const [json, setJson] = useState<string | null>(() =>
    given !== undefined && draftOf(field, given) === null ? JSON.stringify(given, null, 2) : null,
  );
  const [complaints, setComplaints] = useState<Complaint[]>([]);
  const [running, setRunning] = useState<AbortController | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [last, setLast] = useState<FinishedCall | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const outcome = useRef<HTMLDivElement>(null);
  const blocked = ruleFor(tool, policy) === "block";

  useEffect(() => {
    if (!running) return;
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && running.abort();
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [running]);
  // Whoever leaves no longer wants it.
  useEffect(() => () => running?.abort(), [running]);

  const run = async () => {
    const read = json === null ? readDraft(field, draft) : argumentsOf(json, field);
    setComplaints(read.complaints);
    if (read.complaints.length > 0) {
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
      );
      return;
    }
    const controller = new AbortController();
    const began = performance.now();
    setRunning(controller);
    setProgress(null);
    setLast(null);
    const end = await runTool(
      {
        spaceId: space.space_id,
        policy,
        name: tool.name,
        arguments: read.value,
        approved: true, // who filled in the form and pressed Run has approved just that
      },
      { signal: controller.signal, onProgress: setProgress },
    );
    const call: FinishedCall = {
      id: crypto.randomUUID(),
      tool: tool.name,
      title: tool.title,
      input: read.value,
      end,
      at: new Date().toISOString(),
      milliseconds: performance.now() - began,
    };
    setRunning(null);
    setLast(call);
    onFinished(call);
    requestAnimationFrame(() => outcome.current?.focus());
  };

  const toJson = () => setJson(JSON.stringify(readDraft(field, draft).value ?? {}, null, 2));
  const toForm = () => {
    const read = argumentsOf(json ?? "", field);
    const filled = read.complaints.length === 0 ? draftOf(field, read.value) : null;
    if (filled === null) {
      return setComplaints(
        read.complaints.length > 0
          ? read.complaints
          : [{ path: "", text: "The form has no place for some of this." }],
      );
    }
    setComplaints([]);
    setDraft(filled);
    setJson(null);
  };

  return (
    <>
      <Card>
        <form
          ref={form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!running && !blocked) void run();
          }}
        >
          <CardContent className="flex flex-col gap-5">
            <div>
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
                <h2 className="text-lg font-semibold">{tool.title}</h2>
                <KindBadge kind={tool.kind} />
              </div>
              <p className="mt-0.5 font-mono text-xs text-ink-soft">{tool.name}</p>
              {tool.description && (
                <p className="mt-2 text-sm whitespace-pre-line text-ink-soft">{tool.description}</p>
              )}
            </div>
            {json === null ? (
              <SchemaField
                field={field}
                draft={draft}
                onDraft={setDraft}
                path={[]}
                id={id}
                required
                complaints={complaints}
              />
            ) : (
              <div className="flex flex-col gap-1.5">
                <label htmlFor={`${id}-json`} className="text-sm font-medium">
                  Arguments as JSON
                </label>
                <Textarea
                  id={`${id}-json`}
                  spellCheck={false}
                  rows={Math.min(24, Math.max(8, json.split("\n").length + 1))}
                  value={json}
                  onChange={(event) => setJson(event.target.value)}
                  aria-invalid={complaints.length > 0}
                  aria-describedby={`${id}-complaints`}
                  className="font-mono text-xs!"
                />
                <ul id={`${id}-complaints`} className="text-[0.8125rem] text-bad">
                  {complaints.map(({ path, text }) => (
                    <li key={`${path} ${text}`}>
                      {path && <code className="font-mono text-xs">{path}: </code>}
                      {text}
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </CardContent>
          <CardFooter>
            {/* Keys: one element that became a submit button under the click would run it again. */}
            {running ? (
              <Button key="cancel" variant="outline" onClick={() => running.abort()}>
                <Square aria-hidden="true" />
                Cancel
              </Button>
            ) : (
              <Button key="run" type="submit" disabled={blocked}>
                <Play aria-hidden="true" />
                {tool.kind === "read" ? "Run" : "Run and change the workspace"}
              </Button>
            )}
            <Button variant="ghost" onClick={json === null ? toJson : toForm}>
              {json === null ? "Edit as JSON" : "Back to the form"}
            </Button>
            <span className="ml-auto text-[0.8125rem] text-ink-soft" role="status">
              {running && (progress ? progressWords(progress) : "Running…")}
              {blocked && "Blocked by your tool permissions."}
            </span>
          </CardFooter>
          {running && (
            <progress
              aria-label="Progress"
              className={cn("block h-1 w-full rounded-none", PROGRESS_LOOK)}
              {...(progress?.total ? { value: progress.progress, max: progress.total } : {})}
            />
          )}
        </form>
      </Card>
      {last && (
        <section
          ref={outcome}
          tabIndex={-1}
          aria-label="Result"
          className="flex flex-col gap-3 rounded-xl outline-offset-4"
        >
          <Finished call={last} space={space} returnPath={returnPath} onAgain={() => void run()} />
        </section>
      )}
      <details className="text-sm">
        <summary className="w-fit text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
          Schema
        </summary>
        <JsonBlock label="Input schema" value={tool.inputSchema} className="mt-3" />
      </details>
    </>
  );
}

function Finished({
  call,
  space,
  returnPath,
  onAgain,
}: {
  call: FinishedCall;
  space: Space;
  returnPath: Route;
  onAgain: () => void;
}) {
  const { end } = call;
  const { label, tone } = outcomeOf(end);
  if (end.kind === "problem" && end.problem.reason !== "cancelled") {
    if (needsConsent(end.problem)) {
      return <ReconnectCard space={space} problem={end.problem} returnPath={returnPath} />;
    }
    return (
      <Fault
        problem={end.problem}
        actions={
          <Button variant="outline" size="sm" onClick={onAgain}>
            Try again
          </Button>
        }
      />
    );
  }
  return (
    <>
      <p className="flex items-center gap-2.5 text-sm text-ink-soft">
        <Badge tone={tone}>{label}</Badge>
        after {duration(call.milliseconds)}
      </p>
      {end.kind === "result" && (
        <>
          <SourceChips sources={end.result.isError ? [] : sourcesIn(dataOf(end.result))} />
          <ToolResultView result={end.result} />
        </>
      )}
    </>
  );
}

const progressWords = ({ progress, total, message }: Progress): string =>
  message ?? (total === null ? `Step ${progress}` : `${progress} of ${total}`);
