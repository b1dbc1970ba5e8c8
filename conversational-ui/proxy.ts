import { type NextRequest, NextResponse } from "next/server";
import {
  CONSENT_END_COOKIE,
  CONSENT_END_HEADER,
  CONSENT_END_PATH,
  CONSENT_END_SECONDS,
  consentEndStep,
} from "@/lib/consent-address";
import { contentSecurityPolicy, SECURITY_HEADERS } from "@/lib/security-headers";

/** Headers for every answer; the nonce for every page. */
export function proxy(request: NextRequest): NextResponse {
  const refused = refusal(request);
  if (refused) return refused;
  const end = consentEnd(request);
  if (end instanceof NextResponse) return end;
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce, {
    development: process.env.NODE_ENV === "development",
    secure: process.env.AUTH_URL?.startsWith("https:") ?? false,
  });
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy); // Next reads the nonce from here
  headers.set("x-nonce", nonce);
  headers.set("x-path", request.nextUrl.pathname + (end ?? request.nextUrl.search));
  headers.delete(CONSENT_END_HEADER);
  if (end) headers.set(CONSENT_END_HEADER, end);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  for (const [name, value] of SECURITY_HEADERS) response.headers.set(name, value);
  if (end) response.cookies.delete({ name: CONSENT_END_COOKIE, path: CONSENT_END_PATH });
  return response;
}

/** How a consent has ended, where its page is asked for; an answer, where that is not the page. */
function consentEnd(request: NextRequest): NextResponse | string | null {
  const { pathname, search } = request.nextUrl;
  if (pathname !== CONSENT_END_PATH) return null;
  const step = consentEndStep({
    search,
    kept: request.cookies.get(CONSENT_END_COOKIE)?.value,
    destination: request.headers.get("sec-fetch-dest"),
  });
  if (step.kind === "show") return step.search;
  const headers = SECURITY_HEADERS as [string, string][];
  if (step.kind === "load") return new NextResponse(null, { status: 204, headers });
  const answer = NextResponse.redirect(new URL(CONSENT_END_PATH, request.url), {
    status: 303,
    headers: [...headers, ["cache-control", "no-store"]],
  });
  answer.cookies.set(CONSENT_END_COOKIE, step.search, {
    path: CONSENT_END_PATH,
    httpOnly: true,
    sameSite: "lax",
    secure: process.env.AUTH_URL?.startsWith("https:") ?? false,
    maxAge: CONSENT_END_SECONDS,
  });
  return answer;
}

/** A page whose name was rebound to this machine must not sign in as anybody (DNS rebinding). */
function refusal(request: NextRequest): NextResponse | null {
  if (process.env.DEMO_SIGN_IN !== "1") return null;
  const host = request.headers.get("host") ?? "";
  if (/^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host))
    return null;
  return new NextResponse("With DEMO_SIGN_IN=1 this site answers to localhost only.\n", {
    status: 421,
    headers: SECURITY_HEADERS as [string, string][],
  });
}

export const config = { matcher: "/((?!_next/static|_next/image).*)" };
