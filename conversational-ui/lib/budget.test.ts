import { describe, expect, it } from "vitest";
import type { NotionStatus } from "@/lib/api-types";
import { budgetView } from "@/lib/budget";

const budget = (more: Partial<NonNullable<NotionStatus["budget"]>> = {}) =>
  budgetView({
    is_paced: true,
    limit: 60,
    window_seconds: 60,
    used: 41,
    waiting: 3,
    refused: 1,
    refused_by_notion: 4,
    reason: "per_connection",
    until: null,
    ...more,
  });

describe("what Notion grants is told", () => {
  it("with how many calls wait, and whose turns they are", () => {
    const view = budget();
    expect(view).toMatchObject({ tone: "busy", title: "3 calls wait for a turn" });
    expect(view.text).toContain("calls of this connection");
    expect(view.text).toContain("about 60 in a minute");
    expect(view.used).toBe("41 of about 60");
    expect(budget({ waiting: 1 }).title).toBe("1 call waits for a turn");
    expect(budget({ waiting: 0 }).title).toBe("Calls take turns");
  });

  it("without a limit that nobody knows yet", () => {
    expect(budget({ limit: null })).toMatchObject({ used: "41" });
    expect(budget({ limit: null }).text).toContain("not known yet");
  });

  it("in words of its own for Notion's reasons", () => {
    expect(budget({ reason: "per_workspace" }).text).toContain("calls of its workspace");
    expect(budget({ reason: "<b>constructor" }).text).toContain("calls of this connection");
    expect(budget({ reason: "toString" }).text).toContain("calls of this connection");
  });

  it("calmly once nothing waits any more", () => {
    expect(budget({ is_paced: false, waiting: 0 })).toMatchObject({
      tone: "calm",
      title: "Nothing waits now",
    });
    expect(budget({ is_paced: false, window_seconds: 600 }).text).toContain("in 600 seconds");
  });
});
