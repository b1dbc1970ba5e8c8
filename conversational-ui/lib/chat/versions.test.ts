import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { merged, newestPath, pathThrough, pathTo, versionsIn } from "@/lib/chat/versions";

const message = (id: string, after?: string): UIMessage => ({
  id,
  role: id.startsWith("u") ? "user" : "assistant",
  ...(after === undefined ? {} : { metadata: { after } }),
  parts: [],
});
const ids = (messages: readonly UIMessage[]) => messages.map(({ id }) => id);

/** Two exchanges; the second question was asked again, and its answer written twice. */
const LINE = ["u1", "a1", "u2", "a2"].map((id) => message(id));
const ALL = [...LINE, message("u3", "a1"), message("a3", "u3"), message("a4", "u3")];

describe("a conversation with versions", () => {
  it("is, without any, what it always was", () => {
    expect(ids(newestPath(LINE))).toEqual(["u1", "a1", "u2", "a2"]);
    expect(versionsIn(LINE, LINE).size).toBe(0);
    expect(newestPath([])).toEqual([]);
  });

  it("shows what was said last, and leads to all that was said before", () => {
    expect(ids(newestPath(ALL))).toEqual(["u1", "a1", "u3", "a4"]);
    expect(ids(pathThrough(ALL, "u2"))).toEqual(["u1", "a1", "u2", "a2"]);
    expect(ids(pathThrough(ALL, "u3"))).toEqual(["u1", "a1", "u3", "a4"]);
    expect(ids(pathThrough(ALL, "a3"))).toEqual(["u1", "a1", "u3", "a3"]);
    expect(pathThrough(ALL, "unknown")).toEqual([]);
    expect(Object.fromEntries(versionsIn(ALL, newestPath(ALL)))).toEqual({
      u3: { at: 1, ids: ["u2", "u3"] },
      a4: { at: 1, ids: ["a3", "a4"] },
    });
  });

  it("goes on in an older version, of which the newer ones know nothing", () => {
    const further = [...ALL, message("u5", "a2"), message("a5", "u5")];
    expect(ids(newestPath(further))).toEqual(["u1", "a1", "u2", "a2", "u5", "a5"]);
    expect(ids(pathThrough(further, "u3"))).toEqual(["u1", "a1", "u3", "a4"]);
  });

  it("has questions that were asked at once beside each other, each with its answer", () => {
    const all = [...LINE, message("u3", "a2"), message("u4", "a2")];
    const answered = [...all, message("a3", "u3"), message("a4", "u4")];
    expect(ids(pathThrough(answered, "u3"))).toEqual(["u1", "a1", "u2", "a2", "u3", "a3"]);
    expect(ids(newestPath(answered))).toEqual(["u1", "a1", "u2", "a2", "u4", "a4"]);
    expect(versionsIn(answered, newestPath(answered)).get("u4")).toEqual({
      at: 1,
      ids: ["u3", "u4"],
    });
  });

  it("leaves no answer out of reach where a question was asked before it came", () => {
    const all = [message("u1", ""), message("u2", "u1"), message("a1", "u1"), message("a2", "u2")];
    const shown = newestPath(all);
    expect(ids(shown)).toEqual(["u1", "u2", "a2"]);
    expect(versionsIn(all, shown).get("u2")).toEqual({ at: 0, ids: ["u2", "a1"] });
  });

  it("has versions of its first question as well", () => {
    const all = [...LINE, message("u9", "")];
    expect(ids(newestPath(all))).toEqual(["u9"]);
    expect(versionsIn(all, newestPath(all)).get("u9")).toEqual({ at: 1, ids: ["u1", "u9"] });
  });

  it("ends with messages that follow each other in a circle, or what is gone", () => {
    const circle = [message("a1", "u1"), message("u1", "a1")];
    expect(ids(pathTo(circle, "u1"))).toEqual(["a1", "u1"]);
    expect(ids(pathTo([message("u1"), message("a1", "gone")], "a1"))).toEqual(["u1", "a1"]);
  });

  it("is kept in its order whichever version is shown", () => {
    const shown = [...pathThrough(ALL, "u2"), message("u5", "a2")];
    const hidden = ALL.filter((one) => !shown.includes(one));
    expect(ids(merged(hidden, shown, ids(ALL)))).toEqual([...ids(ALL), "u5"]);
  });
});
