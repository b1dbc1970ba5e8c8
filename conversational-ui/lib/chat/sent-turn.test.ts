import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeptConversation } from "@/lib/api-types";
import { deleteAllConversations } from "@/lib/chat/conversations";
import { OpenConversation } from "@/lib/chat/open-conversation";
import { takeOver } from "@/lib/chat/sent-conversations";
import { sentTurn } from "@/lib/chat/sent-turn";

const message = (id: string, role: UIMessage["role"], text = id): UIMessage => ({
  id,
  role,
  parts: [{ type: "text", text }],
});
const turns = (count: number, text = "x"): UIMessage[] =>
  Array.from({ length: count }, (_, at) => [
    message(`q${at}`, "user"),
    message(`a${at}`, "assistant", text),
  ]).flat();
const bytes = (value: unknown) => JSON.stringify(value).length;

describe("what is sent of a conversation", () => {
  it("is as much whether it is long or short, where the gateway keeps it", () => {
    const [short, long] = [2, 200].map((count) => {
      const said = [...turns(count, "word ".repeat(1000)), message("new", "user")];
      return sentTurn(said, count * 2);
    });
    expect(long).toEqual({
      kept: { through: "a199", count: 400 },
      messages: [message("new", "user")],
      leftOut: 0,
    });
    expect(bytes(long) - bytes(short)).toBeLessThan(20);
  });

  it("has the last message in any case: it is what has changed", () => {
    const said = turns(2);
    expect(sentTurn(said, 4)).toEqual({
      kept: { through: "q1", count: 3 },
      messages: said.slice(3),
      leftOut: 0,
    });
    expect(sentTurn(said.slice(0, 1), 1)).toMatchObject({ kept: null, messages: [said[0]] });
  });

  it("is what fits where the gateway keeps nothing, and says how many turns do not", () => {
    expect(sentTurn(turns(3), 0)).toEqual({ kept: null, messages: turns(3), leftOut: 0 });
    // Three bytes each: what counts is what is sent.
    const said = turns(90, "語".repeat(34_000));
    const sent = sentTurn(said, 0);
    expect(new TextEncoder().encode(JSON.stringify(sent)).length).toBeLessThan(8 * 1024 * 1024);
    expect(sent.messages).toEqual(said.slice(-sent.messages.length));
    expect(sent.leftOut).toBe(90 - sent.messages.length / 2);
    expect(sent.messages.length).toBeGreaterThan(60);
    // The same where the gateway has only the beginning.
    expect(sentTurn(said, 2)).toEqual(sent);
  });
});

describe("what the gateway has, as a tab knows it", () => {
  const owner = { userId: "ada", spaceId: "sp-1" };
  const said = turns(2);

  beforeEach(async () => {
    await deleteAllConversations(owner);
    vi.stubGlobal("localStorage", { getItem: () => null });
  });
  afterEach(() => vi.unstubAllGlobals());

  async function opened() {
    await takeOver(
      owner,
      {
        conversation_id: "c",
        title: "q0",
        change: 7,
        message_ids: said.map(({ id }) => id),
        messages: Object.fromEntries(said.map((one) => [one.id, one])),
        created_at: "2026-11-01T00:00:00Z",
        updated_at: "2026-11-01T00:00:00Z",
      } as unknown as KeptConversation,
      0,
    );
    const first = new OpenConversation(owner, "c", null);
    const initial = await first.read();
    return { open: new OpenConversation(owner, "c", initial), here: initial?.messages ?? [] };
  }

  it("is what it was told of, up to what has changed here", async () => {
    const { open, here } = await opened();
    expect(await open.known([...here, message("new", "user")])).toBe(4);
    // Stopped, edited or answered here, and not saved yet.
    const changed = here.with(3, { ...(here[3] as UIMessage) });
    expect(await open.known(changed)).toBe(3);
    // Saved in this browser, and not sent yet.
    await open.save({ messages: changed, problem: null, isLive: false });
    expect(await open.known(changed)).toBe(3);
    // Another version of the second question.
    expect(await open.known([...here.slice(0, 2), message("other", "user")])).toBe(2);
  });

  it("is nothing where conversations are kept in this browser only", async () => {
    const { open, here } = await opened();
    vi.stubGlobal("localStorage", { getItem: () => "browser" });
    expect(await open.known(here)).toBe(0);
  });
});
