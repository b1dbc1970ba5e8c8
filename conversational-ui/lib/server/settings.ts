import "server-only";

import { hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import type { JWK } from "jose";
import { isUserId } from "@/lib/identifiers";

/** A variable is missing or makes no sense; the message names it and never shows its value. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** Read at the first request, not at import: `next build` imports everything without a value. */
function once<T>(read: () => T): () => T {
  let kept: { value: T } | undefined;
  return () => {
    kept ??= { value: read() };
    return kept.value;
  };
}

/** An empty variable counts as unset, as at the gateway. */
const given = (name: string): string | undefined => process.env[name]?.trim() || undefined;

type Environment = Record<string, string | undefined>;

/**
 * What `name` holds, or the file that `{name}_FILE` names, as Docker, Kubernetes and systemd hand
 * secrets over; the line break at its end does not count. Raises SettingsError.
 */
export function secret(name: string, environment: Environment = process.env): string | undefined {
  const value = environment[name]?.trim() || undefined;
  const file = environment[`${name}_FILE`]?.trim() || undefined;
  if (file === undefined) return value;
  if (value !== undefined) {
    throw new SettingsError(`${name} and ${name}_FILE are both set: take one of them away`);
  }
  return inFile(name, file);
}

function inFile(name: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(/* turbopackIgnore: true */ file, "utf8").trim();
  } catch {
    throw new SettingsError(`${name}_FILE cannot be read`);
  }
  if (text === "") throw new SettingsError(`${name}_FILE names an empty file`);
  return text;
}

function address(name: string, fallback?: string): URL | undefined {
  const value = given(name) ?? fallback;
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new SettingsError(`${name} is not an http or https address`);
  }
  return url;
}

export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  hostname === "[::1]" ||
  /^127(\.\d{1,3}){3}$/.test(hostname);

/** Nobody on the way can read or change what is said. */
export const isPrivate = (url: URL): boolean =>
  url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));

export interface GatewaySettings {
  /** Without a trailing slash. */
  endpoint: string;
  /** Where MCP clients on people's machines reach the gateway. */
  publicEndpoint: string;
  audience: string;
  application: string;
}

export const gatewaySettings = once((): GatewaySettings => {
  const url = address("CUDU_ENDPOINT", "http://localhost:8000") as URL;
  if (!isPrivate(url) && !given("CUDU_ENDPOINT_INSECURE")) {
    throw new SettingsError(
      "CUDU_ENDPOINT must use https; set CUDU_ENDPOINT_INSECURE=1 for a private network",
    );
  }
  return {
    endpoint: url.href.replace(/\/+$/, ""),
    publicEndpoint: (address("GATEWAY_PUBLIC_URL") ?? url).href.replace(/\/+$/, ""),
    audience: given("GATEWAY_AUDIENCE") ?? url.origin,
    application: given("GATEWAY_APPLICATION_NAME") ?? "conversational-ui",
  };
});

/** Where Notion's MCP server is, as the gateway's setting of that name says: files go there. */
export const notionAddress = once((): URL => {
  const url = address("NOTION_MCP_URL", "https://mcp.notion.com/mcp") as URL;
  if (isPrivate(url)) return url;
  throw new SettingsError("NOTION_MCP_URL must use https, or be on this machine");
});

/** The private JWK this application signs its principals with. */
export const applicationKey = once((): JWK => {
  const file = given("GATEWAY_APPLICATION_KEY_FILE");
  const text =
    file === undefined ? given("GATEWAY_APPLICATION_KEY") : inFile("GATEWAY_APPLICATION_KEY", file);
  if (text === undefined) {
    throw new SettingsError("GATEWAY_APPLICATION_KEY_FILE or GATEWAY_APPLICATION_KEY must be set");
  }
  let key: JWK;
  try {
    key = JSON.parse(text);
  } catch {
    throw new SettingsError("The application's key is not a JSON Web Key");
  }
  if (typeof key.d !== "string" || (key.crv !== "Ed25519" && key.crv !== "P-256")) {
    throw new SettingsError("The application's key is not a private Ed25519 or P-256 key");
  }
  return key;
});

export interface OidcSettings {
  issuer: string;
  clientId: string;
  clientSecret: string | undefined;
  scope: string;
  /** What the button says: "Continue with {name}". */
  name: string;
}

export interface SignInSettings {
  oidc: OidcSettings | undefined;
  /** Anybody may be anybody: demonstrations on loopback only. */
  demo: boolean;
  /** The name that is suggested there; whoever keeps it has it as their user id, unchanged. */
  demoName: string | undefined;
  /** Names the claim that becomes the user id at the gateway. */
  userClaim: string;
  /** Encrypts the session cookie. */
  secret: string;
  /** Where browsers find this site; unset: wherever they say they found it. */
  publicUrl: URL | undefined;
  secureCookies: boolean;
}

export const signInSettings = once((): SignInSettings => {
  const publicUrl = address("AUTH_URL");
  const demo = given("DEMO_SIGN_IN") === "1";
  if (demo && publicUrl !== undefined && !isLoopback(publicUrl.hostname)) {
    throw new SettingsError("DEMO_SIGN_IN=1 lets anybody be anybody: it needs a loopback AUTH_URL");
  }
  const demoName = given("DEMO_SIGN_IN_NAME");
  if (demoName !== undefined && !isUserId(demoName)) {
    throw new SettingsError("DEMO_SIGN_IN_NAME is no user id");
  }
  const userClaim = given("AUTH_USER_CLAIM") ?? "sub";
  const issuer = address("AUTH_OIDC_ISSUER");
  const clientId = given("AUTH_OIDC_ID");
  if ((issuer === undefined) !== (clientId === undefined)) {
    throw new SettingsError("AUTH_OIDC_ISSUER and AUTH_OIDC_ID belong together");
  }
  if (issuer !== undefined && !isPrivate(issuer)) {
    throw new SettingsError("AUTH_OIDC_ISSUER must use https, or be on this machine");
  }
  if (issuer === undefined && !demo) {
    throw new SettingsError("Nobody can sign in: set AUTH_OIDC_ISSUER, or DEMO_SIGN_IN=1");
  }
  return {
    oidc:
      issuer && clientId
        ? {
            // As given: a trailing slash belongs to the issuer's identity.
            issuer: given("AUTH_OIDC_ISSUER") as string,
            clientId,
            clientSecret: secret("AUTH_OIDC_SECRET"),
            scope:
              given("AUTH_OIDC_SCOPE") ??
              (userClaim === "email" ? "openid profile email" : "openid profile"),
            name: given("AUTH_OIDC_NAME") ?? "single sign-on",
          }
        : undefined,
    demo,
    demoName,
    userClaim,
    secret: secret("AUTH_SECRET") ?? derivedSecret(applicationKey()),
    publicUrl,
    secureCookies: publicUrl?.protocol === "https:",
  };
});

/** One secret less to keep: the same on every replica, and of no use for signing (RFC 5869). */
function derivedSecret(key: JWK): string {
  const bytes = hkdfSync("sha256", key.d as string, "", "conversational-ui session cookie", 32);
  return Buffer.from(bytes).toString("base64url");
}
