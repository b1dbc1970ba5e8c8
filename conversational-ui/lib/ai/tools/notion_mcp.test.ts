import { ProtocolError, SdkError, SdkErrorCode } from "@modelcontextprotocol/client";
import { expect, it } from "vitest";
import { translated } from "@/lib/ai/tools/notion_mcp";

const late = new SdkError(SdkErrorCode.RequestTimeout, "Request timed out");
const probe = new SdkError(SdkErrorCode.EraNegotiationFailed, "Probe failed", late, {
  cause: late,
});

it.each([
  ["no answer has begun in our time", late, false, "gateway_timeout"],
  ["an answer has begun, and stalls", late, true, "upstream_timeout"],
  ["the first question is not answered", probe, false, "gateway_timeout"],
  ["nobody is there", new TypeError("fetch failed"), false, "gateway_unreachable"],
  ["Notion refuses", new ProtocolError(-32602, "No such tool"), true, "notion_refused"],
])("%s", (_, fault, hasBegun, reason) => {
  expect(translated(fault, hasBegun).reason).toBe(reason);
});
