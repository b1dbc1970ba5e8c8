import { describe, expect, it } from "vitest";
import type {
  Grants,
  HistoryEntry,
  NotionStatus,
  SpaceConnections,
  Verification,
} from "@/lib/api-types";
import { connectionView, historyLines, isFresh, servingOf, stateOf } from "@/lib/connection";
import { problem } from "@/lib/problems";

const at = "2026-11-22T12:00:00Z";
const good: Verification = { ok: true, at, tools: [] };
const bad = (reason: string): Verification => ({ ok: false, at, problem: problem(reason, 502) });

describe("what is said about a connection", () => {
  it("is 'MCP connected' only after a real call, not because a token is stored", () => {
    const stored = { status: "connected" as const };
    expect(connectionView(stored, null).label).not.toContain("connected");
    expect(connectionView(stored, bad("upstream_unreachable")).label).toBe("Cannot be verified");
    expect(connectionView(stored, good).label).toBe("MCP connected");
  });

  it("asks for a reconnect as soon as a call says so, whatever the status was", () => {
    expect(connectionView({ status: "connected" }, bad("reconnect_required"))).toMatchObject({
      state: "reconnect",
      // In the words that every page has for it.
      detail: `${problem("reconnect_required", 401).title}. Reconnect to go on.`,
      action: "reconnect",
    });
    for (const reason of ["not_connected", "connect_your_own"]) {
      expect(connectionView({ status: "connected" }, bad(reason))).toMatchObject({
        state: "disconnected",
        action: "connect",
      });
    }
    expect(connectionView({ status: "reconnect_required" }, good).state).toBe("reconnect");
  });

  it("claims nothing of a connection that one's own calls cannot try", () => {
    const other = { serves: false };
    expect(connectionView({ status: "connected" }, null, other)).toMatchObject({
      state: "recorded",
      label: "Connected on record",
      action: null,
    });
    expect(connectionView({ status: "reconnect_required" }, null, other).action).toBe("reconnect");
    expect(connectionView({ status: "disconnected" }, null, other).action).toBe("connect");
    // What a call found, it found of the one that serves.
    expect(connectionView({ status: "connected" }, bad("reconnect_required"), other).state).toBe(
      "recorded",
    );
  });

  it("keeps the connection through what passes", () => {
    for (const reason of ["upstream_timeout", "refresh_unavailable", "gateway_unreachable"]) {
      expect(connectionView({ status: "connected" }, bad(reason))).toMatchObject({
        state: "unverified",
        action: null,
      });
    }
  });

  it("says nothing good while the status cannot be asked for", () => {
    const fault = problem("gateway_unreachable", 502);
    expect(connectionView({ status: "connected" }, good, { fault })).toMatchObject({
      state: "unverified",
      detail: "The gateway cannot be reached. The connection is kept.",
    });
    expect(connectionView(null, null).state).toBe("checking");
  });

  it("asks again for what is old or was no success", () => {
    const then = Date.parse(at);
    expect(isFresh(good, 60_000, then + 59_999)).toBe(true);
    expect(isFresh(good, 60_000, then + 60_000)).toBe(false);
    expect(isFresh(bad("internal"), 60_000, then)).toBe(false);
  });

  it("lets the last answer stand while the next one is on its way", () => {
    expect(connectionView({ status: "connected" }, good, { checking: true }).state).toBe(
      "connected",
    );
    expect(connectionView({ status: "connected" }, bad("internal"), { checking: true }).state).toBe(
      "checking",
    );
    expect(connectionView({ status: "disconnected" }, good).action).toBe("connect");
  });
});

const event = (version: number, type: string, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  version,
  type: `NotionIntegration${type}`,
  at,
  ...more,
});

describe("a connection's history", () => {
  it("is told newest first, in words, with renewals in a row as one line", () => {
    const lines = historyLines([
      event(1, "Authorized", { by: "mona", workspace: { id: "w", name: "Acme" } }),
      event(2, "TokenRefreshStarted"),
      event(3, "TokenRefreshed"),
      event(4, "TokenRefreshStarted"),
      event(5, "TokenRefreshed"),
      event(6, "AuthorizationFailed", { error: "invalid_grant" }),
      event(7, "TokenRefreshed", { by: "ada" }),
      event(8, "Disconnected", { by: "ada" }),
      { version: 9, type: "SomethingNew" },
    ]);
    expect(lines.map(({ text }) => text)).toEqual([
      "SomethingNew",
      "ada disconnected Notion",
      "ada reconnected Notion",
      "Notion ended the connection",
      "Access renewed 2 times",
      "mona connected Notion",
    ]);
    expect(lines.at(-1)?.detail).toBe("Workspace Acme");
    expect(lines[3]?.detail).toBe("It was removed there, or has reached its end");
  });

  it("says where old renewals are no longer kept", () => {
    const lines = historyLines([
      event(1, "Authorized", { by: "mona" }),
      event(40, "TokenRefreshStarted", { removed_before: 38 }),
      event(41, "TokenRefreshed"),
      event(42, "TokenRefreshStarted"),
      event(43, "TokenRefreshed"),
    ]);
    expect(lines.map(({ text }) => text)).toEqual([
      "Access renewed 2 times",
      "Older renewals are no longer kept",
      "mona connected Notion",
    ]);
  });

  it("is empty where nothing happened", () => {
    expect(historyLines([])).toEqual([]);
  });
});

describe("a space's connections", () => {
  const one = (grant: NotionStatus["grant"], process_id: string) =>
    ({ grant, process_id, status: "connected", workspace: null }) as NotionStatus;
  const choice = { mode: "personal_else_shared" } as Grants["choice"];
  const grants = { choice, serves_you: "shared" } as Grants;
  const now: SpaceConnections = {
    grants,
    shared: one("shared", "p-1"),
    personal: one("personal", "p-2"),
  };
  const of = (changed: Partial<Grants>): SpaceConnections => ({
    ...now,
    grants: { ...grants, ...changed },
  });

  it("serve a person with one of them, or with none", () => {
    expect(servingOf(now)).toBe(now.shared);
    expect(servingOf(of({ serves_you: "personal" }))).toBe(now.personal);
    expect(servingOf(of({ serves_you: null }))).toBeNull();
  });

  it("are told anew where either, the choice, or the one that serves is another", () => {
    expect(stateOf({ ...now })).toBe(stateOf(now));
    for (const other of [
      { ...now, shared: one("shared", "p-3") },
      { ...now, personal: null },
      of({ serves_you: "personal" }),
      of({ choice: { ...choice, mode: "personal" } }),
    ]) {
      expect(stateOf(other)).not.toBe(stateOf(now));
    }
  });
});
