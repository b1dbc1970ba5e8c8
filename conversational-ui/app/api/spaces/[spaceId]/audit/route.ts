import type { NextRequest } from "next/server";
import { askedOf, filterOf } from "@/lib/activity";
import { isIdentifier } from "@/lib/identifiers";
import { forBrowser, problem } from "@/lib/problems";
import { exportActivity } from "@/lib/server/activity";
import { refusal, silence } from "@/lib/server/gateway";
import { refuse } from "@/lib/server/route";
import { person } from "@/lib/server/session";

/** The export, as a file; it is passed on as it comes, however long it is. */
export async function GET(
  request: NextRequest,
  { params }: { params: Promise<{ spaceId: string }> },
): Promise<Response> {
  const who = await person();
  if (!who) return refuse(problem("signed_out", 401));
  const { spaceId } = await params;
  if (!isIdentifier(spaceId)) return refuse(problem("invalid_request", 422));
  const filter = filterOf(Object.fromEntries(request.nextUrl.searchParams));
  let answer: Response;
  try {
    answer = await exportActivity(who, spaceId, askedOf({ ...filter, before: "" }));
  } catch (fault) {
    return refuse(forBrowser(silence(fault, null)));
  }
  if (!answer.ok) {
    const id = answer.headers.get("x-request-id");
    return refuse(forBrowser(refusal(answer.status, await answer.text(), id)));
  }
  return new Response(answer.body, {
    headers: {
      "cache-control": "no-store",
      "content-type": "application/x-ndjson",
      "content-disposition": 'attachment; filename="activity.jsonl"',
    },
  });
}
