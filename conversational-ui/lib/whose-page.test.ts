// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { callApi } from "@/lib/call-api";
import { runTool } from "@/lib/chat/run-tool";
import { NO_POLICY } from "@/lib/chat/tool-policy";
import { isOfOther, WHOSE_PAGE } from "@/lib/whose-page";

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

/** The headers of what the page asks. */
async function asked(): Promise<Headers[]> {
  const seen: Headers[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    seen.push(new Headers(init.headers));
    return Response.json({});
  });
  await callApi("/api/x");
  await callApi("/api/x", { method: "POST", body: {} });
  const call = { spaceId: "s", policy: NO_POLICY, name: "t", arguments: {}, approved: false };
  await runTool(call, { signal: new AbortController().signal, onProgress: () => {} });
  return seen;
}

it.each(["ada", "Zoë Müller", "a%2Fb"])(
  "a request says whose page it comes from: %s",
  async (id) => {
    const mark = document.createElement("span");
    mark.dataset.whosePage = id;
    document.body.append(mark);
    for (const headers of await asked()) {
      expect(headers.get(WHOSE_PAGE)).toBe(encodeURIComponent(id));
      expect(isOfOther(headers, id)).toBe(false);
      expect(isOfOther(headers, "bob")).toBe(true);
    }
  },
);

it("a page that is nobody's says nothing, and is refused nothing", async () => {
  for (const headers of await asked()) {
    expect(headers.has(WHOSE_PAGE)).toBe(false);
    expect(isOfOther(headers, "bob")).toBe(false);
  }
});
