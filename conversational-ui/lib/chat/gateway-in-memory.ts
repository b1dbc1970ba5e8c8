import type { UIMessage } from "ai";
import { vi } from "vitest";
import type { KeptConversation } from "@/lib/api-types";
import {
  deleteAllConversations,
  type Owner,
  readConversation,
  saveConversation,
} from "@/lib/chat/conversations";
import type { Saving } from "@/lib/chat/gateway-conversations";

/** For tests only: a person with a browser of their own, and what the gateway does for it. */
export const ada: Owner = { userId: "ada", spaceId: "sp-1" };
export const said = (id: string, text = id): UIMessage => ({
  id,
  role: "user",
  parts: [{ type: "text", text }],
});
export const MIB = 1024 * 1024;
const PREFIX = "/api/spaces/sp-1/conversations";

/** What this site's routes and the gateway do, in memory: tests/contracts/test_conversations.py. */
export class Gateway {
  kept = new Map<string, KeptConversation & { changes: Map<string, number> }>();
  asked: string[] = [];
  /** Paths of the person's conversations in other spaces. */
  elsewhere = new Set<string>();
  isAway = false;
  keepDays = 365;
  /** Characters of the largest request. */
  largest = 0;
  /** So many more are taken. */
  puts = Number.POSITIVE_INFINITY;
  /** What happens before it has a request, and before its answer has come. */
  onAsked: (asked: string) => unknown = () => {};
  onAnswered: (asked: string) => unknown = () => {};
  #change = 0;

  save(id: string, { title, messages, gone, problem, waiting }: Saving) {
    const before = this.kept.get(id);
    const change = ++this.#change;
    const all = { ...before?.messages, ...(messages as object) } as KeptConversation["messages"];
    const stay = (before?.message_ids ?? []).filter((one) => !gone.includes(one));
    const ids = [...new Set([...stay, ...Object.keys(messages)])];
    const changes = new Map(before?.changes);
    for (const one of Object.keys(messages)) changes.set(one, change);
    this.kept.set(id, {
      conversation_id: id,
      title: before?.title ?? title,
      problem: problem as never,
      is_pinned: before?.is_pinned ?? false,
      is_answering: false,
      waiting,
      created_at: "2026-11-01T00:00:00Z",
      updated_at: new Date(1_800_000_000_000 + change).toISOString(),
      change,
      message_ids: ids,
      messages: all,
      changes,
    });
    return { ...this.kept.get(id), before: before?.change ?? 0 };
  }

  /** Ids of what it has of a conversation; null where it has none of it. */
  there(id: string): string[] | null {
    return this.kept.get(id)?.message_ids ?? null;
  }

  /** Another device of the same person saves. */
  saysElsewhere(id: string, ...messages: UIMessage[]) {
    const all = Object.fromEntries(messages.map((one) => [one.id, one]));
    this.save(id, { title: "Elsewhere", messages: all, gone: [], problem: null, waiting: 0 });
  }

  answer(method: string, url: URL, body: unknown): Response {
    if (!url.pathname.startsWith(PREFIX))
      return Response.json(this.elsewhere.has(url.pathname) || null);
    const id = decodeURIComponent(url.pathname.slice(PREFIX.length + 1));
    const one = this.kept.get(id);
    if (id === "" && method === "GET") {
      const conversations = [...this.kept.values()].reverse();
      return Response.json({ conversations, before: null, keep_days: this.keepDays });
    }
    if (method === "PUT" && !one && (body as { only_if_kept: boolean }).only_if_kept) {
      return Response.json(null);
    }
    if (method === "PUT") {
      this.largest = Math.max(this.largest, JSON.stringify(body).length);
      if (JSON.stringify(body).length > 4 * MIB || this.puts-- <= 0) {
        const reason = { reason: "invalid_request", title: "", hint: "", detail: "too large" };
        return Response.json(reason, { status: 422 });
      }
      return Response.json(this.save(id, body as Saving));
    }
    if (method === "DELETE") {
      if (id === "") this.kept.clear();
      this.kept.delete(id);
      return new Response(null, { status: 204 });
    }
    if (!one && method === "PATCH") {
      const unknown = { reason: "conversation_unknown", title: "", hint: "" };
      return Response.json(unknown, { status: 404 });
    }
    if (!one) return Response.json(null);
    if (method === "PATCH") {
      this.kept.set(id, { ...one, ...(body as { title: string }), change: ++this.#change });
      return Response.json({});
    }
    const after = Number(url.searchParams.get("after"));
    const since = one.message_ids.filter((name) => (one.changes.get(name) ?? 0) > after);
    const messages = Object.fromEntries(since.map((name) => [name, one.messages[name]]));
    return Response.json({ ...one, messages });
  }
}

/** A new one, and a browser that has nothing yet. Before each test. */
export async function newGateway(): Promise<Gateway> {
  const gateway = new Gateway();
  const store = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => store.get(name) ?? null,
    setItem: (name: string, value: string) => void store.set(name, value),
    removeItem: (name: string) => void store.delete(name),
  });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const asked = `${init.method} ${path.slice(PREFIX.length)}`;
    gateway.asked.push(asked);
    await gateway.onAsked(asked);
    if (gateway.isAway) throw new TypeError("no network");
    const body = typeof init.body === "string" ? JSON.parse(init.body) : null;
    const answer = gateway.answer(init.method ?? "GET", new URL(path, "http://ui"), body);
    await gateway.onAnswered(asked);
    return answer;
  });
  await deleteAllConversations(ada);
  return gateway;
}

/** Ids of what this browser has of a conversation; null where it has none of it. */
export const here = async (id: string): Promise<string[] | null> =>
  (await readConversation(ada, id))?.messages.map(({ id: one }) => one) ?? null;

/** What is here of a conversation, after this tab saved ``now`` in place of ``before``. */
export async function save(id: string, now: UIMessage[], before: UIMessage[] = []): Promise<void> {
  await saveConversation(ada, id, { before, now, problem: null });
}
