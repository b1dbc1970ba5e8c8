import "server-only";

import { connectNotion } from "@/lib/ai/tools/notion_mcp";
import { UPLOAD_TOOL, type Upload, uploadArguments, uploadIn } from "@/lib/chat/attachments";
import { ruleForCall } from "@/lib/chat/call-rule";
import { chatProblem } from "@/lib/chat/failures";
import { dataOf, textOf } from "@/lib/chat/tool";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import { problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";
import type { Person } from "@/lib/server/session";
import { notionAddress } from "@/lib/server/settings";

const SEND_TIMEOUT = 120_000;

/**
 * Puts a file into Notion, where it stands on no page yet; returns its id there. The person has seen
 * and approved just this. Raises GatewayError, or the signal's reason.
 */
export async function uploadFile(
  person: Person,
  spaceId: string,
  file: File,
  policy: ToolPolicy,
  signal: AbortSignal,
): Promise<string> {
  const upload = await prepared(person, spaceId, file.name, policy, signal);
  const form = new FormData();
  form.append("file", file, file.name);
  const answer = await fetch(upload.url, {
    method: "POST",
    headers: upload.headers,
    body: form,
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT)]),
  }).catch((fault: unknown) => {
    signal.throwIfAborted();
    const isSlow = fault instanceof Error && fault.name === "TimeoutError";
    throw new GatewayError(
      isSlow ? problem("upstream_timeout", 504) : problem("upstream_unreachable", 502),
    );
  });
  await answer.body?.cancel();
  if (answer.ok) return upload.id;
  const detail = `Notion answered the file with status ${answer.status}.`;
  throw new GatewayError(chatProblem("notion_refused", 502, { detail }));
}

/** Notion's tool is asked where the file is to be sent: a call that changes the workspace. */
async function prepared(
  person: Person,
  spaceId: string,
  name: string,
  policy: ToolPolicy,
  signal: AbortSignal,
): Promise<Upload> {
  const notion = await connectNotion(person, spaceId, signal);
  try {
    const given = uploadArguments(name);
    const tool = notion.tools.find((one) => one.name === UPLOAD_TOOL);
    if (!tool || ruleForCall(tool, given, policy) === "block") {
      throw new GatewayError(chatProblem(tool ? "tool_blocked" : "tool_missing", 409));
    }
    const result = await notion.call(UPLOAD_TOOL, given, { signal, approved: true });
    if (result.isError) {
      const detail = textOf(result).slice(0, 300);
      throw new GatewayError(chatProblem("notion_refused", 502, { detail }));
    }
    const upload = uploadIn(dataOf(result), notionAddress());
    if (upload) return upload;
    const detail = "It named no address of its own for the file.";
    throw new GatewayError(chatProblem("notion_unsuitable", 502, { detail }));
  } finally {
    void notion.close();
  }
}
