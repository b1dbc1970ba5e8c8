import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy, SECURITY_HEADERS } from "@/lib/security-headers";

/** Headers for every answer; the nonce for every page. */
export function proxy(request: NextRequest): NextResponse {
  const refused = refusal(request);
  if (refused) return refused;
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce, {
    development: process.env.NODE_ENV === "development",
    secure: process.env.AUTH_URL?.startsWith("https:") ?? false,
  });
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy); // Next reads the nonce from here
  headers.set("x-nonce", nonce);
  headers.set("x-path", request.nextUrl.pathname + request.nextUrl.search);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  for (const [name, value] of SECURITY_HEADERS) response.headers.set(name, value);
  return response;
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
