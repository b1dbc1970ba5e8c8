import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { decidedIn, decisionsLeft, isAsking, isOvertaken, isStillAsked } from "@/lib/chat/waiting";

const call = (id: string, state: string) =>
  ({
    type: "dynamic-tool",
    toolName: "notion-update-page",
    toolCallId: `call of ${id}`,
    input: {},
    state,
    approval: { id, approved: state === "approval-requested" ? undefined : true },
  }) as UIMessage["parts"][number];
const talk = (...states: [id: string, state: string][]): UIMessage[] => [
  { id: "a", role: "assistant", parts: states.map((one) => call(...one)) },
];
const asked = talk(["p", "approval-requested"], ["q", "approval-requested"]);

describe("what another page has said of a call that waits here", () => {
  it("is heard once one of them is decided there, and not before", () => {
    expect(isStillAsked(asked, asked)).toBe(true);
    expect(isStillAsked(asked, [...asked, { id: "u", role: "user", parts: [] }])).toBe(true);
    expect(isStillAsked(asked, [])).toBe(true); // it has not been saved yet
    for (const state of ["approval-responded", "output-available", "output-error"]) {
      expect(isStillAsked(asked, talk(["p", state], ["q", "approval-requested"]))).toBe(false);
    }
  });

  it("is not written over by what was decided here afterwards", () => {
    const [done] = talk(["p", "output-available"]) as [UIMessage];
    for (const state of ["approval-requested", "approval-responded"]) {
      expect(isOvertaken((talk(["p", state]) as [UIMessage])[0], done)).toBe(true);
      expect(isOvertaken((talk(["other", state]) as [UIMessage])[0], done)).toBe(false);
    }
    expect(isOvertaken(done, (talk(["p", "approval-responded"]) as [UIMessage])[0])).toBe(false);
  });
});

it("a decision goes to the server with the last of the calls that wait", () => {
  expect(isAsking(asked)).toBe(true);
  expect(decisionsLeft(asked, "p")).toBe(1);
  const decided = talk(["p", "approval-responded"], ["q", "approval-requested"]);
  expect(decisionsLeft(decided, "q")).toBe(0);
  expect(decidedIn(decided)).toEqual(["p"]);
  expect(decidedIn([...decided, { id: "u", role: "user", parts: [] }])).toEqual([]);
});
