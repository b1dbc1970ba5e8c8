import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askTitle } from "@/lib/chat/ask-title";
import { alterConversation, readConversation, saveConversation } from "@/lib/chat/conversations";
import { firstExchange } from "@/lib/chat/first-exchange";

const OWNER = { userId: "ada", spaceId: "team" };
const message = (role: "user" | "assistant", text: string, end?: string): UIMessage => ({
  id: `${role}-${text}`,
  role,
  parts: [{ type: "text", text }],
  ...(end && { metadata: { end } }),
});
const QUESTION = message("user", "Where is the plan?");
const WHOLE = [QUESTION, message("assistant", "In Roadmap.", "complete")];

/** The site's route, as a gateway and a model behind it would have it answer. */
function answering(title: string | null, meanwhile = async () => {}) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    await meanwhile();
    return Response.json(title === null ? null : { title });
  });
  return asked;
}

async function kept(id: string, messages: UIMessage[]) {
  await saveConversation(OWNER, id, { before: [], now: messages, problem: null });
}
const titleOf = async (id: string) => (await readConversation(OWNER, id))?.title;

let choices: Map<string, string>;
beforeEach(() => {
  choices = new Map();
  vi.stubGlobal("localStorage", { getItem: (name: string) => choices.get(name) ?? null });
});
afterEach(() => vi.unstubAllGlobals());

test("after the first answer it is asked for once, and takes the place of the first words", async () => {
  const asked = answering("The plan");
  await kept("c1", WHOLE);
  expect(await askTitle(OWNER, "c1")).toBe("The plan");
  expect(await titleOf("c1")).toBe("The plan");
  expect(await askTitle(OWNER, "c1")).toBeNull();
  expect(asked).toEqual(["/api/spaces/team/conversations/c1/title"]);
});

test("it is made by the model that the person has chosen, and by no other", async () => {
  const models: unknown[] = [];
  vi.stubGlobal("fetch", async (_: string, { body }: RequestInit) => {
    models.push(JSON.parse(String(body)).model);
    return Response.json(null);
  });
  await kept("c6", WHOLE);
  await askTitle(OWNER, "c6");
  choices.set("chosen-models\nada\nteam", JSON.stringify([["c7", "at-home"]]));
  await kept("c7", WHOLE);
  await askTitle(OWNER, "c7");
  expect(models).toEqual([null, "at-home"]);
});

test("a title that its person has given stays, before and meanwhile", async () => {
  const asked = answering("The plan", () =>
    alterConversation(OWNER, "c3", { title: "Mine" }).then(),
  );
  await kept("c2", WHOLE);
  await alterConversation(OWNER, "c2", { title: "Mine" });
  expect(await askTitle(OWNER, "c2")).toBeNull();
  expect(asked).toEqual([]);
  await kept("c3", WHOLE);
  expect(await askTitle(OWNER, "c3")).toBeNull();
  expect(asked).toHaveLength(1);
  expect([await titleOf("c2"), await titleOf("c3")]).toEqual(["Mine", "Mine"]);
});

test("where there is none, or nobody may know of it, the first words stay", async () => {
  const asked = answering(null);
  await kept("c4", WHOLE);
  expect(await askTitle(OWNER, "c4")).toBeNull();
  choices.set("conversations-kept-in\nada\nteam", "browser");
  await kept("c5", WHOLE);
  expect(await askTitle(OWNER, "c5")).toBeNull();
  expect(asked).toHaveLength(1);
  expect(await titleOf("c4")).toBe("Where is the plan?");
});

test("it is made of one whole answer to one question", () => {
  expect(firstExchange(WHOLE)).toEqual({ question: "Where is the plan?", answer: "In Roadmap." });
  for (const other of [
    [QUESTION],
    [...WHOLE, QUESTION],
    [QUESTION, message("assistant", "In R", "cut")],
    [QUESTION, message("assistant", " ", "complete")],
  ]) {
    expect(firstExchange(other)).toBeNull();
  }
});
