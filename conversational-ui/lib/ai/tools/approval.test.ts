import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { withApproval } from "@/lib/ai/tools/notion_mcp";

it("an approval names the body that was approved, byte for byte", () => {
  const body = '{"method":"tools/call","params":{"name":"notion-create-pages"}}';
  const sent = withApproval({ method: "POST", body, headers: { accept: "text/event-stream" } });
  const headers = new Headers(sent?.headers);
  expect(headers.get("x-user-approved-call")).toBe(createHash("sha256").update(body).digest("hex"));
  expect(headers.get("accept")).toBe("text/event-stream");
  expect(sent?.body).toBe(body);
});

it("what has no body is approved by nobody", () => {
  expect(withApproval(undefined)).toBeUndefined();
  expect(new Headers(withApproval({ method: "GET" })?.headers).has("x-user-approved-call")).toBe(
    false,
  );
});
