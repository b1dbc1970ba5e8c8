import { describe, expect, it } from "vitest";
import { linkUrl, notionUrl, sourcesIn, sourcesOf } from "@/lib/chat/sources";
import type { ToolResult } from "@/lib/chat/tool";

describe("an address of a source", () => {
  it.each([
    "https://www.notion.so/Page-0123",
    "https://app.notion.com/p/0123",
    "https://acme.notion.site/0123?pvs=4",
    "https://notion.so/",
  ])("%s is Notion's", (url) => {
    expect(notionUrl(url)).toBe(url);
  });

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//notion.so",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "http://www.notion.so/page",
    "https://notion.so.evil.example/page",
    "https://evilnotion.so/page",
    "https://www.notion.so@evil.example/page",
    "https://user:password@www.notion.so/page",
    "https://www.notion.so:8443/page",
    "https://evil.example/?https://www.notion.so/",
    "//www.notion.so/page",
    "/p/0123",
    "",
    null,
    { href: "https://www.notion.so/" },
  ])("%s is not", (url) => {
    expect(notionUrl(url)).toBeNull();
  });
});

describe("a link in an answer", () => {
  it("leads to https, and hides no name in front of the host", () => {
    expect(linkUrl("https://example.com/a?b#c")).toBe("https://example.com/a?b#c");
    for (const url of [
      "http://example.com/",
      "javascript:alert(1)",
      " javascript:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,x",
      "https://notion.so@evil.example/",
      "mailto:a@example.com",
      "/integrations",
      undefined,
    ]) {
      expect(linkUrl(url), String(url)).toBeNull();
    }
  });
});

const page = (title: string) => ({ title, url: `https://app.notion.com/p/${title}` });
const result = (data: unknown, isError = false): ToolResult => ({
  kind: "result",
  content: [{ type: "text", text: JSON.stringify(data) }],
  structuredContent: null,
  isError,
});
const part = (output: unknown) =>
  ({
    type: "dynamic-tool",
    toolName: "notion-search",
    toolCallId: "1",
    state: "output-available",
    input: {},
    output,
  }) as const;

describe("sources", () => {
  it("are the pages with a title in a tool's answer, each once", () => {
    const data = {
      results: [page("A"), page("B"), page("A"), { url: "https://app.notion.com/p/C" }],
      other: { title: "D", url: "https://evil.example/" },
      script: { title: "E", url: "javascript:alert(1)" },
    };
    expect(sourcesIn(data)).toEqual([page("A"), page("B")]);
  });

  it("name what was read before what was only found, and nothing that failed", () => {
    const parts = [
      part(result({ results: [page("A"), page("B")] })),
      part(result(page("B"))),
      part(result(page("C"), true)),
      part({ kind: "progress", progress: 1, total: null, message: null }),
    ];
    expect(sourcesOf({ parts })).toEqual([page("B"), page("A")]);
  });

  it("end in data that is deep or wide", () => {
    let deep: unknown = page("A");
    for (let depth = 0; depth < 100; depth++) deep = { deep };
    expect(sourcesIn(deep)).toEqual([]);
    const wide = Array.from({ length: 500 }, (_, index) => page(`P${index}`));
    expect(sourcesIn(wide)).toHaveLength(50);
  });
});
