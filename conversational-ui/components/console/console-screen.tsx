"use client";

import { ArrowLeft, Lock, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { KindBadge } from "@/components/chat/kind-badge";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import { usePolicy } from "@/components/chat/use-policy";
import { useTools } from "@/components/chat/use-tools";
import { CallHistory } from "@/components/console/call-history";
import { ToolRunner } from "@/components/console/tool-runner";
import { useCallHistory } from "@/components/console/use-call-history";
import { Fault } from "@/components/fault";
import { useConnections } from "@/components/notion/use-connection";
import { Badge } from "@/components/ui/badge";
import { Button, Spinner } from "@/components/ui/button";
import { Checkbox, Input } from "@/components/ui/input";
import type { Space } from "@/lib/api-types";
import type { Owner } from "@/lib/chat/conversations";
import { needsConsent } from "@/lib/chat/failures";
import type { NotionTool } from "@/lib/chat/tool";
import { ruleFor } from "@/lib/chat/tool-policy";
import { cn } from "@/lib/cn";
import { actsAs } from "@/lib/grants";
import { spacePath } from "@/lib/space-paths";

export interface ConsoleScreenProps {
  person: { userId: string };
  space: Space;
  /** Where MCP clients reach the gateway. */
  gatewayUrl: string;
}

/** Notion's tools, to be run by hand. */
export function ConsoleScreen({ person, space, gatewayUrl }: ConsoleScreenProps) {
  const owner = useMemo<Owner>(
    () => ({ userId: person.userId, spaceId: space.space_id }),
    [person.userId, space.space_id],
  );
  const [policy, setPolicy] = usePolicy(owner);
  const { list, again } = useTools(space.space_id);
  const [chosen, setChosen] = useState<string | null>(null);
  const history = useCallHistory(owner);
  const [filling, setFilling] = useState<{ round: number; arguments: unknown }>({
    round: 0,
    arguments: undefined,
  });
  const tools = list.state === "ready" ? list.tools : [];
  const tool = tools.find(({ name }) => name === chosen) ?? null;
  const choose = (name: string | null, given?: unknown) => {
    setChosen(name);
    setFilling(({ round }) => ({ round: round + 1, arguments: given }));
  };
  const here = spacePath(space.space_id, "tools");
  const acting = actsAs(useConnections(space.space_id).now?.grants ?? null, person.userId);
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8 sm:py-8">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0 max-w-2xl">
          <h1 className="text-2xl font-semibold tracking-tight">Tools</h1>
          <p className="mt-1.5 text-ink-soft">Run a tool of {space.name}'s Notion by hand.</p>
          {acting && <p className="mt-1 text-sm text-ink-soft">{acting}.</p>}
        </div>
      </div>
      {list.state === "loading" && (
        <p className="mt-10 flex items-center gap-2.5 text-sm text-ink-soft" role="status">
          <Spinner /> Asking Notion for its tools…
        </p>
      )}
      {list.state === "failed" && (
        <div className="mt-8 max-w-2xl">
          {needsConsent(list.problem) ? (
            <ReconnectCard space={space} problem={list.problem} returnPath={here} />
          ) : (
            <Fault
              problem={list.problem}
              actions={
                <Button variant="outline" size="sm" onClick={again}>
                  Try again
                </Button>
              }
            />
          )}
        </div>
      )}
      {list.state === "ready" && policy && (
        <div className="mt-7 grid gap-6 lg:grid-cols-[19rem_minmax(0,1fr)]">
          <div className={cn("flex-col gap-3", tool ? "hidden lg:flex" : "flex")}>
            <Checkbox
              label="Read-only"
              hint="Run nothing that changes the workspace."
              checked={policy.readOnly}
              onChange={(event) => setPolicy({ ...policy, readOnly: event.target.checked })}
            />
            <ToolPicker
              tools={tools}
              chosen={chosen}
              blocked={(one) => ruleFor(one, policy) === "block"}
              onChoose={(name) => choose(name)}
            />
          </div>
          <div className={cn("min-w-0 flex-col gap-6", tool ? "flex" : "hidden lg:flex")}>
            {tool ? (
              <>
                <Button
                  variant="ghost"
                  size="sm"
                  className="-ml-2 self-start lg:hidden"
                  onClick={() => choose(null)}
                >
                  <ArrowLeft aria-hidden="true" />
                  All tools
                </Button>
                <ToolRunner
                  key={`${tool.name} ${filling.round}`}
                  tool={tool}
                  given={filling.arguments}
                  space={space}
                  gatewayUrl={gatewayUrl}
                  policy={policy}
                  onPolicy={setPolicy}
                  returnPath={here}
                  onFinished={history.add}
                />
              </>
            ) : (
              <p className="rounded-xl border border-dashed border-line-strong px-6 py-14 text-center text-sm text-ink-soft">
                Choose a tool to see its form.
              </p>
            )}
          </div>
          {history.calls.length > 0 && (
            <div className="lg:col-start-2">
              <CallHistory
                calls={history.calls}
                gatewayUrl={gatewayUrl}
                spaceId={space.space_id}
                onForget={history.forget}
                onAgain={({ tool: name, input }) => {
                  choose(name, input);
                  document.getElementById("main")?.scrollTo({ top: 0 });
                }}
              />
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function ToolPicker({
  tools,
  chosen,
  blocked,
  onChoose,
}: {
  tools: NotionTool[];
  chosen: string | null;
  blocked: (tool: NotionTool) => boolean;
  onChoose: (name: string) => void;
}) {
  const [words, setWords] = useState("");
  const wanted = words.trim().toLowerCase();
  const shown = tools.filter(({ name, title, description }) =>
    `${name} ${title} ${description}`.toLowerCase().includes(wanted),
  );
  return (
    <nav aria-label="Tools">
      <div className="relative">
        <Search
          className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-faint"
          aria-hidden="true"
        />
        <Input
          type="search"
          aria-label="Filter tools"
          placeholder={`Filter ${tools.length} tools`}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          className="pl-9"
        />
      </div>
      <ul className="mt-2 flex flex-col gap-0.5 lg:max-h-[calc(100dvh-17rem)] lg:overflow-y-auto lg:pr-1">
        {shown.map((tool) => (
          <li key={tool.name}>
            <button
              type="button"
              aria-current={tool.name === chosen || undefined}
              onClick={() => onChoose(tool.name)}
              className={cn(
                "flex w-full items-center gap-2 rounded-lg px-3 py-2 text-left text-sm transition-colors hover:bg-hover",
                tool.name === chosen && "bg-hover font-medium",
              )}
            >
              <span className="min-w-0 flex-1 truncate">{tool.title}</span>
              {blocked(tool) && (
                <Badge tone="outline">
                  <Lock aria-hidden="true" />
                  Blocked
                </Badge>
              )}
              <KindBadge kind={tool.kind} />
            </button>
          </li>
        ))}
        {shown.length === 0 && <li className="px-3 py-2 text-sm text-ink-soft">No such tool.</li>}
      </ul>
    </nav>
  );
}
