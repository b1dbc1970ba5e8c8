import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const key = JSON.stringify(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
const read = () => import("@/lib/server/settings");

beforeEach(() => {
  vi.resetModules();
  for (const name of Object.keys(process.env)) {
    if (/^(AUTH_|GATEWAY_|CUDU_|DEMO_|NOTION_)/.test(name)) vi.stubEnv(name, "");
  }
  vi.stubEnv("GATEWAY_APPLICATION_KEY", key);
});
afterEach(() => vi.unstubAllEnvs());

describe("settings", () => {
  it("refuse a site where nobody, or anybody on a network, could sign in", async () => {
    const { signInSettings, SettingsError } = await read();
    expect(() => signInSettings()).toThrow(SettingsError);
    vi.stubEnv("DEMO_SIGN_IN", "1");
    vi.stubEnv("AUTH_URL", "https://app.example");
    expect(() => signInSettings()).toThrow(/loopback/);
    vi.stubEnv("AUTH_URL", "http://localhost:3000");
    expect(signInSettings()).toMatchObject({ demo: true, secureCookies: false });
  });

  it("suggest a name in the demo that is a user id as it stands, and nothing else", async () => {
    const { signInSettings, SettingsError } = await read();
    vi.stubEnv("DEMO_SIGN_IN", "1");
    vi.stubEnv("DEMO_SIGN_IN_NAME", "a\nb");
    expect(() => signInSettings()).toThrow(SettingsError);
    vi.stubEnv("DEMO_SIGN_IN_NAME", "Ada.Lovelace");
    expect(signInSettings()).toMatchObject({ demo: true, demoName: "Ada.Lovelace" });
  });

  it("take each secret from a file as well, and from one place alone", async () => {
    const { secret } = await read();
    const folder = mkdtempSync(join(tmpdir(), "secrets-"));
    const [file, empty] = [join(folder, "key"), join(folder, "empty")];
    writeFileSync(file, "kept apart\n");
    writeFileSync(empty, "\n");
    expect(secret("MODEL_API_KEY", { MODEL_API_KEY_FILE: file })).toBe("kept apart");
    expect(secret("MODEL_API_KEY", { MODEL_API_KEY: "given", MODEL_API_KEY_FILE: " " })).toBe(
      "given",
    );
    for (const [environment, said] of [
      [{ MODEL_API_KEY: "given", MODEL_API_KEY_FILE: file }, /both set/],
      [{ MODEL_API_KEY_FILE: join(folder, "none") }, /MODEL_API_KEY_FILE cannot be read/],
      [{ MODEL_API_KEY_FILE: empty }, /MODEL_API_KEY_FILE names an empty file/],
    ] as const) {
      expect(() => secret("MODEL_API_KEY", environment)).toThrow(said);
    }
    vi.stubEnv("DEMO_SIGN_IN", "1");
    vi.stubEnv("AUTH_SECRET_FILE", file);
    vi.stubEnv("AUTH_OIDC_ISSUER", "https://id.example");
    vi.stubEnv("AUTH_OIDC_ID", "ui");
    vi.stubEnv("AUTH_OIDC_SECRET_FILE", file);
    const { signInSettings } = await read();
    expect(signInSettings()).toMatchObject({
      secret: "kept apart",
      oidc: { clientSecret: "kept apart" },
    });
    rmSync(folder, { recursive: true });
  });

  it("keep an issuer as it is written, and use secure cookies on https", async () => {
    vi.stubEnv("AUTH_URL", "https://app.example");
    vi.stubEnv("AUTH_OIDC_ISSUER", "https://id.example/");
    const { signInSettings } = await read();
    expect(() => signInSettings()).toThrow(/AUTH_OIDC_ID/);
    vi.stubEnv("AUTH_OIDC_ID", "ui");
    expect(signInSettings()).toMatchObject({
      oidc: { issuer: "https://id.example/", clientId: "ui", scope: "openid profile" },
      secureCookies: true,
      userClaim: "sub",
    });
  });

  it("take an issuer in the clear on this machine only", async () => {
    vi.stubEnv("AUTH_OIDC_ID", "ui");
    vi.stubEnv("AUTH_OIDC_ISSUER", "http://id.example");
    const { signInSettings } = await read();
    expect(() => signInSettings()).toThrow(/AUTH_OIDC_ISSUER must use https/);
    vi.stubEnv("AUTH_OIDC_ISSUER", "http://localhost:9000");
    expect(signInSettings().oidc?.issuer).toBe("http://localhost:9000");
  });

  it("send files to Notion in the clear on this machine only", async () => {
    vi.stubEnv("NOTION_MCP_URL", "http://notion.internal/mcp");
    const { notionAddress } = await read();
    expect(() => notionAddress()).toThrow(/NOTION_MCP_URL must use https/);
    vi.stubEnv("NOTION_MCP_URL", "");
    expect(notionAddress().href).toBe("https://mcp.notion.com/mcp");
  });

  it("derive the cookie's secret from the key, never the key itself", async () => {
    vi.stubEnv("DEMO_SIGN_IN", "1");
    const { signInSettings } = await read();
    const { secret } = signInSettings();
    expect(secret.length).toBeGreaterThanOrEqual(43);
    expect(key).not.toContain(secret);
  });

  it("call the gateway in the clear on this machine only, unless that is meant", async () => {
    vi.stubEnv("CUDU_ENDPOINT", "http://gateway.internal:8000");
    const { gatewaySettings } = await read();
    expect(() => gatewaySettings()).toThrow(/https/);
    vi.stubEnv("CUDU_ENDPOINT_INSECURE", "1");
    expect(gatewaySettings()).toMatchObject({
      endpoint: "http://gateway.internal:8000",
      audience: "http://gateway.internal:8000",
    });
  });

  it.each(["", "{}", "no json", '{"kty":"OKP","crv":"Ed25519","x":"public only"}'])(
    "refuse a key that cannot sign, without showing it: %j",
    async (value) => {
      vi.stubEnv("GATEWAY_APPLICATION_KEY", value);
      const { applicationKey, SettingsError } = await read();
      expect(() => applicationKey()).toThrow(SettingsError);
      if (value) expect(() => applicationKey()).not.toThrow(value);
    },
  );
});
