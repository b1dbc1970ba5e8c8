// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { CallRow } from "@/components/activity/call-row";
import type { AuditEntry } from "@/lib/api-types";

const ENTRY: AuditEntry = {
  number: 7,
  at: "2026-11-30T10:00:00Z",
  kind: "call",
  user_id: "ada",
  token: "0b1c",
  client: "cursor/1.2",
  tool: "notion-update-page",
  status: 403,
  outcome: "answered",
  reason: "tool_not_allowed",
  duration_ms: 3,
  asked_bytes: 90,
  answered_bytes: 200,
  request_id: "r-1",
  trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  rule: "",
  pages: Array.from({ length: 200 }, (_, at) => `${at}`.padStart(8, "0")),
  more_pages: 5,
  mcp_client: "Cursor/1.2",
  calls: 12,
  grant: "",
  arguments: '{"page_id":"x"}',
  result: "",
};

it("says once how many calls it stands for, by what they came, and what was said in them", () => {
  const { container } = render(<CallRow entry={ENTRY} caller="Nightly import" showsPerson />);
  expect(container.textContent?.match(/12 times/g)).toHaveLength(1);
  expect(container.textContent).toContain("· with Nightly import");
  expect(screen.getByText(ENTRY.trace_id)).toBeDefined();
  expect(screen.getByText(/"page_id": "x"/)).toBeDefined();
  expect(screen.queryByText("Result")).toBeNull();
  expect(screen.getAllByRole("link", { name: /^Page 000/ }).length).toBeGreaterThanOrEqual(10);
  expect(screen.getByText("190 more pages")).toBeDefined();
  expect(screen.getByText(/It named 5 more/)).toBeDefined();
  expect(container.textContent).toContain(" · Cursor/1.2");
});
