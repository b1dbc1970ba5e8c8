import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { hostElsewhere, linkUrl, notionUrl } from "@/lib/chat/links";
import { namedBefore, numbered, pageKey, sourcesIn, sourcesOf } from "@/lib/chat/sources";
import type { ToolResult } from "@/lib/chat/tool";

describe("an address of a source", () => {
  it.each([
    "https://www.notion.so/Page-0123",
    "https://app.notion.com/p/0123",
    "https://www.notion.com/help",
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
    "https://sign-in-again.notion.site/confirm", // anybody's
    "https://acme.notion.so/page",
    "https://acme.notion.com/page",
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

describe("of a link that leads elsewhere", () => {
  const site = "https://chat.example:8443";

  it.each([
    ["https://evil.example/notion.so", "evil.example"],
    ["https://notion.so.evil.example/login", "notion.so.evil.example"],
    ["https://notion.so:444/", "notion.so:444"],
    ["https://n\u043Etion.so/", "xn--ntion-jye.so"],
    ["https://chat.example/", "chat.example"],
    ["https://sign-in-again.notion.site/confirm", "sign-in-again.notion.site"],
  ])("%s, the host is said", (address, host) => {
    expect(hostElsewhere(linkUrl(address) ?? "", site)).toBe(host);
  });

  it.each(["https://www.notion.so/Page-0123", `${site}/s/team/chat`])("not of %s", (address) => {
    expect(hostElsewhere(address, site)).toBeNull();
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

  it("of an answer are what its words link to, in their order, and nothing else", () => {
    const handbook = `https://app.notion.com/p/${"a1".repeat(16)}`;
    const roadmap = `https://app.notion.com/p/${"b2".repeat(16)}`;
    const results = [
      { title: "Handbook", url: `${handbook}?pvs=204` },
      { title: "Roadmap", url: roadmap },
      { title: "Only found", url: `https://app.notion.com/p/${"c3".repeat(16)}` },
    ];
    const says = (text: string) => ({ type: "text", text }) as const;
    const parts = [
      part(result({ results })),
      part(result({ title: "Failed", url: "https://app.notion.com/p/failed" }, true)),
      part({ kind: "progress", progress: 1, total: null, message: null }),
      says(
        `See [the plan](https://www.notion.so/Roadmap-${"b2".repeat(16)}?v=1), **[H](${handbook})**`,
      ),
      says(
        `and again [H](${handbook}). [x](https://app.notion.com/p/failed) [y](https://evil.example/)`,
      ),
    ];
    const cited = sourcesOf({ parts });
    expect(cited.map(({ title }) => title)).toEqual(["Roadmap", "Handbook"]);
    expect(numbered(cited).get(pageKey(handbook) ?? "")).toBe(2);
    expect(sourcesOf({ parts: parts.slice(0, 3) })).toEqual([]);
  });

  it("of an answer are also pages that tools before it have named", () => {
    const url = `https://app.notion.com/p/${"a1".repeat(16)}`;
    const said = (id: string, text: string) =>
      ({ id, role: "assistant", parts: [{ type: "text", text }] }) as UIMessage;
    const first: UIMessage = {
      id: "a1",
      role: "assistant",
      parts: [part(result({ title: "Handbook", url }))],
    };
    const follow = said(
      "a2",
      `As in [the handbook](${url}), [y](https://app.notion.com/p/${"0".repeat(32)})`,
    );
    const messages = [first, said("u2", "And?"), follow];
    const [none, one, before] = namedBefore(messages);
    expect([none?.size, one?.size]).toEqual([0, 1]);
    expect(sourcesOf(follow)).toEqual([]);
    expect(sourcesOf(follow, before)).toEqual([{ title: "Handbook", url }]);
    // While another answer grows, nothing before it changes.
    const grown = namedBefore([...messages, said("a3", "More")]);
    expect(grown[2]).toBe(before);
    expect(grown[3]).toBe(before);
    expect(namedBefore([said("u0", "x"), follow])[1]?.size).toBe(0);
  });

  it("are one page under each of its addresses, and no page of anybody else's", () => {
    const id = "0123456789abcdef0123456789abcdef";
    const dashed = "01234567-89ab-cdef-0123-456789abcdef";
    for (const url of [
      `https://app.notion.com/p/${id}?pvs=204`,
      `https://www.notion.so/acme/A-Title-With-Dashes-${id.toUpperCase()}#block`,
      `https://www.notion.so/${dashed}`,
    ]) {
      expect(pageKey(url), url).toBe(id);
    }
    expect(pageKey(`https://evil.example/${id}`)).toBeNull();
    expect(pageKey("https://www.notion.com/about")).toBe("www.notion.com/about");
    expect(pageKey(`https://acme.notion.site/${id}`)).toBeNull();
  });

  it("end in data that is deep or wide", () => {
    let deep: unknown = page("A");
    for (let depth = 0; depth < 100; depth++) deep = { deep };
    expect(sourcesIn(deep)).toEqual([]);
    const wide = Array.from({ length: 500 }, (_, index) => page(`P${index}`));
    expect(sourcesIn(wide)).toHaveLength(50);
  });
});
