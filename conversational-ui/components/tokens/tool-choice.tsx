"use client";

import { useEffect, useState } from "react";
import { Fault } from "@/components/fault";
import * as texts from "@/components/tokens/opened-texts";
import { Badge } from "@/components/ui/badge";
import type { Tool, Verification } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Limits } from "@/lib/forms/limits";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

type Chosen = Limits["tools"];

/** Which of Notion's tools a program may call. */
export function ToolChoice({
  spaceId,
  readOnly,
  chosen,
  onChoose,
}: {
  spaceId: string;
  /** Only of those that change nothing. */
  readOnly: boolean;
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
}) {
  const [tools, setTools] = useState<Tool[]>();
  const [fault, setFault] = useState<Problem>();
  useEffect(() => {
    let gone = false;
    void callApi<Verification>(spaceApi(spaceId, "/notion/verify"), { method: "POST" }).then(
      (done) => {
        if (gone) return;
        if (!done.ok) setFault(done.problem);
        else if (done.value.ok) setTools(done.value.tools);
        else setFault(done.value.problem);
      },
    );
    return () => {
      gone = true;
    };
  }, [spaceId]);
  if (fault) return <Fault problem={fault} />;
  if (!tools) return <p className="text-sm text-ink-soft">{texts.askingNotionForIts}</p>;
  const shown = readOnly ? tools.filter((tool) => tool.readOnly) : tools;
  return (
    <ul className="max-h-48 overflow-y-auto rounded-lg border border-line px-3 py-1.5">
      {shown.map((tool) => (
        <li key={tool.name}>
          <label className="flex items-center gap-2.5 py-1 text-sm">
            <input
              type="checkbox"
              checked={chosen.some(({ name }) => name === tool.name)}
              onChange={({ target }) => {
                const others = chosen.filter(({ name }) => name !== tool.name);
                const { name, readOnly } = tool;
                onChoose(target.checked ? [...others, { name, readOnly }] : others);
              }}
              className="size-4 accent-accent"
            />
            <span className="min-w-0 flex-1 truncate font-mono text-[0.8125rem]">{tool.name}</span>
            <Badge tone={tool.readOnly ? "plain" : "warn"}>
              {tool.readOnly ? texts.reads : texts.mayWrite}
            </Badge>
          </label>
        </li>
      ))}
    </ul>
  );
}
