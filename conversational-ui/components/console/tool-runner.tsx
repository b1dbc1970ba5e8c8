"use client";

import { Play, Square } from "lucide-react";
import type { Route } from "next";
import dynamic from "next/dynamic";
import { useEffect, useMemo, useRef, useState } from "react";
import { AppNote } from "@/components/chat/app-note";
import { JsonBlock } from "@/components/chat/json-block";
import { KindBadge } from "@/components/chat/kind-badge";
import { PROGRESS_LOOK } from "@/components/chat/progress-look";
import type { Decision } from "@/components/chat/tool-card";
import type { StopAsking } from "@/components/chat/use-policy";
import { AskFirst } from "@/components/console/ask-first";
import { FinishedCallView } from "@/components/console/finished-call";
import { LoadingForm } from "@/components/console/form/loading-form";
import { JsonArguments } from "@/components/console/json-arguments";
import * as texts from "@/components/console/opened-texts";
import { useCall } from "@/components/console/use-call";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardFooter } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import { ruleForCall } from "@/lib/chat/call-rule";
import type { NotionTool, Progress } from "@/lib/chat/tool";
import { ruleFor, type ToolPolicy } from "@/lib/chat/tool-policy";
import { cn } from "@/lib/cn";
import type { FinishedCall } from "@/lib/console/calls";
import { type Complaint, filledIn, hasPlaceFor } from "@/lib/console/form-check";
import { toolForm } from "@/lib/console/form-schema";
import { type Arguments, readArguments } from "@/lib/console/json-arguments";

/** With the form library; of no use until somebody has chosen a tool. */
const SchemaForm = dynamic(() => import("@/components/console/form/schema-form"), {
  ssr: false,
  loading: LoadingForm,
});

/** One tool: what it is, its form, and what came of running it. */
export function ToolRunner({
  tool,
  given,
  space,
  gatewayUrl,
  policy,
  onStopAsking,
  returnPath,
  onFinished,
}: {
  tool: NotionTool;
  /** Arguments to begin with. */
  given: unknown;
  space: Space;
  gatewayUrl: string;
  policy: ToolPolicy;
  onStopAsking: StopAsking;
  returnPath: Route;
  onFinished: (call: FinishedCall) => void;
}) {
  const form = useMemo(() => toolForm(tool.inputSchema), [tool.inputSchema]);
  const suits = form !== null && (given === undefined || hasPlaceFor(form.schema, given));
  const [value, setValue] = useState<unknown>(suits ? given : undefined);
  // What the form cannot show is shown as it is.
  const [json, setJson] = useState<string | null>(suits ? null : asText(given));
  const [complaints, setComplaints] = useState<Complaint[]>([]);
  const { running, progress, last, run, cancel } = useCall(
    space.space_id,
    tool,
    policy,
    onFinished,
  );
  // Arguments that a person is asked about before anything runs.
  const [asking, setAsking] = useState<Arguments | null>(null);
  const outcome = useRef<HTMLDivElement>(null);
  const card = useRef<HTMLDivElement>(null);
  const isBlocked = ruleFor(tool, policy) === "block";
  useEffect(() => {
    if (last) outcome.current?.focus();
  }, [last]);

  const begin = async (input: Arguments, approved: boolean) => {
    // A rule of the space about just these arguments, which only the gateway knows.
    if (isUnapproved(await run(input, approved))) setAsking(input);
  };
  const submit = (input: Arguments) => {
    if (running || isBlocked) return;
    const isAsked = ruleForCall(tool, input, policy) === "ask";
    setAsking(isAsked ? input : null);
    if (!isAsked) void begin(input, false);
  };
  const decide = ({ approved, always, edited }: Decision) => {
    if (asking && approved) void begin((edited?.input as Arguments | undefined) ?? asking, true);
    if (always) onStopAsking(tool);
    setAsking(null);
    if (!approved) card.current?.querySelector<HTMLElement>('[type="submit"]')?.focus();
  };
  const submitJson = () => {
    const read = readArguments(json ?? "", form?.schema ?? null);
    setComplaints(read.complaints);
    if (read.complaints.length === 0) submit(read.value);
  };
  const toForm = () => {
    const read = readArguments(json ?? "", null);
    if (!form || read.complaints.length > 0) return setComplaints(read.complaints);
    if (!hasPlaceFor(form.schema, read.value)) {
      return setComplaints([{ path: [], text: texts.theFormHasNoPlace }]);
    }
    setComplaints([]);
    setValue(read.value);
    setJson(null);
  };

  const footer = (
    <>
      <CardFooter>
        {/* Keys: one element that became a submit button under the click would run it again. */}
        {running ? (
          <Button key="cancel" variant="outline" onClick={cancel}>
            <Square aria-hidden="true" />
            {texts.cancel}
          </Button>
        ) : (
          <Button key="run" type="submit" disabled={isBlocked}>
            <Play aria-hidden="true" />
            {tool.kind === "read" ? texts.run : texts.runAndChangeTheWorkspace}
          </Button>
        )}
        {json === null ? (
          <Button key="json" variant="ghost" onClick={() => setJson(asText(filledIn(value)))}>
            {texts.editAsJson}
          </Button>
        ) : (
          form && (
            <Button key="form" variant="ghost" onClick={toForm}>
              {texts.backToTheForm}
            </Button>
          )
        )}
        <span className="ml-auto text-[0.8125rem] text-ink-soft" role="status">
          {running && (progress ? progressWords(progress) : texts.running)}
          {isBlocked && texts.blockedByYourTool}
        </span>
      </CardFooter>
      {running && (
        <progress
          aria-label={texts.progress}
          className={cn("block h-1 w-full rounded-none", PROGRESS_LOOK)}
          {...(progress?.total ? { value: progress.progress, max: progress.total } : {})}
        />
      )}
    </>
  );

  return (
    <>
      <div ref={card}>
        <Card>
          <CardContent className="pb-1!">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
              <h2 className="text-lg font-semibold break-words">{tool.title}</h2>
              <KindBadge kind={tool.kind} />
            </div>
            <p className="mt-0.5 font-mono text-xs wrap-anywhere text-ink-soft">{tool.name}</p>
            {tool.description && (
              <p className="mt-2 text-sm break-words whitespace-pre-line text-ink-soft">
                {tool.description}
              </p>
            )}
            {tool.app && (
              <div className="mt-2">
                <AppNote uri={tool.app} />
              </div>
            )}
          </CardContent>
          {json === null && form ? (
            <SchemaForm
              form={form}
              value={value}
              onValue={setValue}
              onFilled={(filled) => submit(filled as Arguments)}
            >
              {footer}
            </SchemaForm>
          ) : (
            <form
              noValidate
              onSubmit={(event) => {
                event.preventDefault();
                submitJson();
              }}
            >
              <CardContent>
                <JsonArguments text={json ?? ""} onText={setJson} complaints={complaints} />
              </CardContent>
              {footer}
            </form>
          )}
        </Card>
      </div>
      {asking && <AskFirst tool={tool} input={asking} spaceId={space.space_id} onDecide={decide} />}
      {last && !asking && (
        <section
          ref={outcome}
          tabIndex={-1}
          aria-label={texts.result}
          className="flex flex-col gap-3 rounded-xl outline-offset-4"
        >
          <FinishedCallView
            call={last}
            space={space}
            gatewayUrl={gatewayUrl}
            returnPath={returnPath}
            onAgain={() => submit(last.input as Arguments)}
          />
        </section>
      )}
      <details className="text-sm">
        <summary className="w-fit text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
          {texts.schema}
        </summary>
        <JsonBlock label={texts.inputSchema} value={tool.inputSchema} className="mt-3" />
      </details>
    </>
  );
}

const isUnapproved = ({ end }: FinishedCall): boolean =>
  end.kind === "problem" && end.problem.reason === "approval_required";

const asText = (value: unknown): string => JSON.stringify(value ?? {}, null, 2);

const progressWords = ({ progress, total, message }: Progress): string =>
  message ?? (total === null ? texts.step(progress) : texts.ofIt(progress, total));
