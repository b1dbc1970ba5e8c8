import { expect, it } from "vitest";
import { firstActive, MOST_FOUND, pagesIn } from "@/lib/chat/found-pages";

const url = (id: number) => `https://app.notion.com/p/${id}`;

it("pages are found with title and place, each once, and only at Notion", () => {
  const results = [
    { title: " Handbook ", url: `${url(1)}?pvs=204`, path: "Team / Docs", type: "page" },
    { title: "Roadmap", url: url(2), type: "database" },
    { title: "Again", url: url(1) },
    { title: "", url: url(3) },
    { title: "Elsewhere", url: "https://evil.example/" },
    { title: "Script", url: "javascript:alert(1)" },
    null,
  ];
  expect(pagesIn({ results })).toEqual([
    { title: "Handbook", url: url(1), path: "Team / Docs", isDatabase: false },
    { title: "Roadmap", url: url(2), path: null, isDatabase: true },
  ]);
  const many = Array.from({ length: 50 }, (_, at) => ({ title: "x", url: url(at) }));
  expect(pagesIn({ results: many })).toHaveLength(MOST_FOUND);
  expect([undefined, null, {}, { results: "x" }].map(pagesIn)).toEqual([[], [], [], []]);
});

it("Enter mentions only a page whose title has what was typed", () => {
  const [page] = pagesIn({ results: [{ title: "Team Handbook", url: url(1) }] });
  const pages = page ? [page] : [];
  expect(firstActive(pages, "hand")).toBe(0);
  expect(firstActive(pages, "noon")).toBe(-1);
  expect(firstActive(pages, "")).toBe(-1);
  expect(firstActive([], "hand")).toBe(-1);
});
