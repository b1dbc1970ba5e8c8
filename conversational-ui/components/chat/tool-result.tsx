"use client";

import { useMemo } from "react";
import { AppNote } from "@/components/chat/app-note";
import { JsonBlock, TextBlock } from "@/components/chat/json-block";
import * as texts from "@/components/chat/texts";
import { appIn, dataOf, type ToolResult, textOf } from "@/lib/chat/tool";

/** A tool's answer: as data where it is some, and as text where that says anything else. */
export function ToolResultView({ result }: { result: ToolResult }) {
  // Megabytes of it take a while, and the card is drawn often.
  const { data, text, same } = useMemo(() => readOf(result), [result]);
  const app = appIn(result);
  return (
    <div className="flex flex-col gap-2.5">
      {data !== undefined && (
        <JsonBlock label={result.isError ? texts.error : texts.result} value={data} />
      )}
      {!same && (data === undefined || text) && (
        <TextBlock
          label={data === undefined ? (result.isError ? texts.error : texts.result) : texts.text}
          text={text || texts.empty}
        />
      )}
      {app && <AppNote uri={app} />}
    </div>
  );
}

/** ``same``: the text says nothing that the data does not. */
function readOf(result: ToolResult) {
  const [data, text] = [dataOf(result), textOf(result)];
  return { data, text, same: data !== undefined && isJson(text) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
