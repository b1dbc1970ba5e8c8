"use client";

import { createContext, useContext } from "react";
import useSWRImmutable from "swr/immutable";
import { notionUrl } from "@/lib/chat/links";
import { contentOf, propertiesOf } from "@/lib/chat/page-text";
import { runTool } from "@/lib/chat/run-tool";
import { dataOf } from "@/lib/chat/tool";
import { NO_POLICY } from "@/lib/chat/tool-policy";

/** A page as Notion names it. ``text``: its content, in Notion's markdown. */
export interface NotionPage {
  title: string;
  url: string | null;
  text: string | null;
  properties: Record<string, unknown> | null;
}

/** The space whose pages are looked up; null: none are. */
export const PagesOf = createContext<string | null>(null);

const MOST_TITLE = 120;

/**
 * The page with this id: looked up at Notion, because what a model says of it may be wrong, and once
 * for all that ask within one `SWRConfig`. Undefined while that takes, null where it cannot be had.
 */
export function usePage(id: string): NotionPage | null | undefined {
  const spaceId = useContext(PagesOf);
  const { data } = useSWRImmutable(spaceId === null ? null : [spaceId, id], lookUp);
  return spaceId === null ? null : data;
}

async function lookUp([spaceId, id]: [string, string]): Promise<NotionPage | null> {
  const call = {
    spaceId,
    policy: NO_POLICY,
    name: "notion-fetch",
    arguments: { id },
    approved: false,
  };
  const { signal } = new AbortController(); // nobody cancels it: it only reads
  const end = await runTool(call, { signal, onProgress: () => {} });
  if (end.kind === "problem" || end.result.isError) return null;
  const data = dataOf(end.result);
  if (typeof data !== "object" || data === null) return null;
  const { title, url, text } = data as Record<string, unknown>;
  if (typeof title !== "string" || !title.trim()) return null;
  return {
    title: title.trim().slice(0, MOST_TITLE),
    url: notionUrl(url),
    text: typeof text === "string" ? contentOf(text) : null,
    properties: typeof text === "string" ? propertiesOf(text) : null,
  };
}
