"use client";

import { Lock } from "lucide-react";
import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { KindBadge } from "@/components/chat/kind-badge";
import { usePolicy, useStopAsking } from "@/components/chat/use-policy";
import { useTools } from "@/components/chat/use-tools";
import { Beside } from "@/components/console/beside";
import { Asking, ConsoleFrame, NotAnswered } from "@/components/console/console-frame";
import { Picker } from "@/components/console/picker";
import * as texts from "@/components/console/texts";
import { useCallHistory } from "@/components/console/use-call-history";
import { Badge } from "@/components/ui/badge";
import { Checkbox } from "@/components/ui/input";
import type { Space } from "@/lib/api-types";
import type { Owner } from "@/lib/chat/conversations";
import { ruleFor } from "@/lib/chat/tool-policy";
import { spacePath } from "@/lib/space-paths";

/** With what runs tools and shows results; of no use until one is chosen, or was run before. */
const ToolRunner = dynamic(
  () => import("@/components/console/tool-runner").then((it) => it.ToolRunner),
  { ssr: false },
);
const CallHistory = dynamic(
  () => import("@/components/console/call-history").then((it) => it.CallHistory),
  { ssr: false },
);

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
  const stopAsking = useStopAsking(owner);
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
  return (
    <ConsoleFrame person={person} space={space}>
      {list.state === "loading" && <Asking what={texts.itsTools} />}
      {list.state === "failed" && (
        <NotAnswered space={space} problem={list.problem} page="tools" onAgain={again} />
      )}
      {list.state === "ready" && policy && (
        <Beside
          all={texts.allTools}
          nothing={texts.chooseAToolToSee}
          onBack={() => choose(null)}
          list={
            <>
              <Checkbox
                label={texts.readOnly}
                hint={texts.runNothingThatChanges}
                checked={policy.readOnly}
                onChange={(event) => {
                  const readOnly = event.target.checked;
                  setPolicy((now) => ({ ...now, readOnly }));
                }}
              />
              <Picker
                what={texts.tools}
                chosen={chosen}
                onChoose={(name) => choose(name)}
                picks={tools.map((one) => ({
                  id: one.name,
                  title: one.title,
                  words: `${one.name} ${one.description}`,
                  marks: (
                    <>
                      {ruleFor(one, policy) === "block" && (
                        <Badge tone="outline">
                          <Lock aria-hidden="true" />
                          {texts.blocked}
                        </Badge>
                      )}
                      <KindBadge kind={one.kind} />
                    </>
                  ),
                }))}
              />
            </>
          }
          chosen={
            tool && (
              <ToolRunner
                key={`${tool.name} ${filling.round}`}
                tool={tool}
                given={filling.arguments}
                space={space}
                gatewayUrl={gatewayUrl}
                policy={policy}
                onStopAsking={stopAsking}
                returnPath={spacePath(space.space_id, "tools")}
                onFinished={history.add}
              />
            )
          }
          below={
            history.calls.length > 0 && (
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
            )
          }
        />
      )}
    </ConsoleFrame>
  );
}
