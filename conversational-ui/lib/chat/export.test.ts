import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { byDay } from "@/lib/chat/days";
import { asJson, asMarkdown, fileName } from "@/lib/chat/export";
import { shownPath, shows } from "@/lib/chat/shown-path";
import { waitingIn } from "@/lib/chat/waiting";

const call = (state: string, rest = {}) =>
  ({
    type: "dynamic-tool",
    toolName: "notion-search",
    toolCallId: "c",
    state,
    input: {},
    ...rest,
  }) as UIMessage["parts"][number];
const messages: UIMessage[] = [
  { id: "u1", role: "user", parts: [{ type: "text", text: "Where is the *plan*?" }] },
  {
    id: "a1",
    role: "assistant",
    parts: [
      { type: "step-start" },
      call("output-error", { errorText: "no" }),
      { type: "text", text: "In [Roadmap](https://notion.so/r)." },
    ],
  },
];
const conversation = {
  id: "c1",
  title: "The\nplan",
  createdAt: 0,
  updatedAt: 1,
  problem: null,
  messages,
};

describe("a conversation as a file", () => {
  it("is Markdown for people", () => {
    expect(asMarkdown(conversation.title, messages)).toBe(
      "# The plan\n\n## You\n\nWhere is the *plan*?\n\n## Answer\n\n*Search: Failed*\n\n" +
        "In [Roadmap](https://notion.so/r).\n",
    );
  });

  it("says of an approved call that was refused before it ran what the screen says", () => {
    const approval = { id: "a", approved: true };
    const answer = (end: string): UIMessage => ({
      id: end,
      role: "assistant",
      metadata: { end },
      parts: [call("approval-responded", { toolName: "notion-update-page", approval })],
    });
    expect(asMarkdown("T", [answer("complete")])).toContain("Approved, not run yet");
    expect(asMarkdown("T", [answer("cut")])).toContain("Outcome not known");
  });

  it("says of an answer that is not complete how it ended, and of a call that it waits", () => {
    const answer = (end: string): UIMessage => ({
      id: end,
      role: "assistant",
      metadata: { end },
      parts: [
        call("approval-requested", { approval: { id: "1" } }),
        { type: "text", text: "In the" },
      ],
    });
    const asFile = (end: string) =>
      asMarkdown("t", [answer(end)])
        .split("\n\n")
        .slice(2);
    const said = ["*Search: Needs your approval*", "In the"];
    expect(asFile("complete")).toEqual([said[0], `${said[1]}\n`]);
    expect(asFile("stopped")).toEqual([...said, "*You stopped this answer.*\n"]);
    expect(asFile("cut")).toEqual([...said, "*This answer broke off.*\n"]);
    expect(asFile("too_long").at(-1)).toContain("its answer got too long");
  });

  it("is of the version that is on the screen, and else of the newest", () => {
    const version = { ...(messages[1] as UIMessage), id: "a2", metadata: { after: "u1" } };
    const all = [...messages, version];
    const ids = () => shownPath("c1", all).map(({ id }) => id);
    expect(ids()).toEqual(["u1", "a2"]);
    const leave = shows("c1", "a1");
    expect(ids()).toEqual(["u1", "a1"]);
    expect(shownPath("c2", all).at(-1)?.id).toBe("a2");
    shows("c1", "not kept yet");
    expect(ids()).toEqual(["u1", "a2"]);
    leave(); // of what is no longer shown: nothing changes
    shows("c1", "a1")();
    expect(ids()).toEqual(["u1", "a2"]);
  });

  it("is JSON for programs, with everything", () => {
    expect(JSON.parse(asJson(conversation))).toEqual({
      id: "c1",
      title: "The\nplan",
      created_at: "1970-01-01T00:00:00.000Z",
      updated_at: "1970-01-01T00:00:00.001Z",
      messages,
    });
  });

  it.each([
    ["../../etc/passwd", "etcpasswd.md"],
    ["Où est le plan ?", "Où est le plan.md"],
    ["???", "Conversation.md"],
    ["x".repeat(100), `${"x".repeat(60)}.md`],
  ])("%s is called %s", (title, name) => {
    expect(fileName(title, "md")).toBe(name);
  });
});

describe("a list of conversations", () => {
  const at = (...when: [number, number, number, number?]) => new Date(...when).getTime();
  const head = (id: string, updatedAt: number, isPinned = false) => ({
    id,
    title: id,
    updatedAt,
    isPinned,
  });
  const now = new Date(2026, 2, 29, 15); // the day before has 23 or 24 hours, as the place has it

  it("is in days, with what is pinned before them", () => {
    const list = [
      head("now", at(2026, 2, 29, 0)),
      head("late", at(2026, 2, 28, 23)),
      head("early", at(2026, 2, 28, 0)),
      head("week", at(2026, 2, 25)),
      head("old", at(2026, 0, 3), true),
      head("older", at(2025, 11, 31)),
    ];
    const groups = byDay(list, now).map(({ title, conversations }) => [
      title,
      ...conversations.map(({ id }) => id),
    ]);
    expect(groups).toEqual([
      ["Pinned", "old"],
      ["Today", "now"],
      ["Yesterday", "late", "early"],
      ["The last seven days", "week"],
      ["December 2025", "older"],
    ]);
    expect(byDay([], now)).toEqual([]);
  });

  it("counts what waits for the person's word, in the last message alone", () => {
    const waits = { id: "a2", role: "assistant", parts: [call("approval-requested")] } as UIMessage;
    expect(waitingIn([...messages, waits])).toBe(1);
    expect(waitingIn([waits, ...messages])).toBe(0);
    expect(waitingIn([])).toBe(0);
  });
});
