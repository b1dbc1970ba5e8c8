import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { PRINCIPAL_SECONDS, signPrincipal } from "@/lib/server/principal";

const pair = (curve: "ed25519" | "P-256") =>
  curve === "ed25519"
    ? generateKeyPairSync("ed25519")
    : generateKeyPairSync("ec", { namedCurve: "P-256" });

const signer = async (key: KeyObject, kid?: string) => ({
  key: { ...(await exportJWK(key)), ...(kid ? { kid } : {}) },
  issuer: "conversational-ui",
  audience: "http://localhost:8000",
});

describe("a signed principal", () => {
  it.each([
    ["ed25519", "EdDSA"],
    ["P-256", "ES256"],
  ] as const)("of a %s key verifies as %s, with who, where and for whom", async (curve, alg) => {
    const { privateKey, publicKey } = pair(curve);
    const token = await signPrincipal(
      { userId: "mona", issuer: "https://id.example", spaceId: "sp-1" },
      await signer(privateKey, "k1"),
    );
    const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
      issuer: "conversational-ui",
      audience: "http://localhost:8000",
      algorithms: [alg],
    });
    expect(protectedHeader).toEqual({ alg, typ: "JWT", kid: "k1" });
    expect(payload.sub).toBe("mona");
    expect(payload.space_id).toBe("sp-1");
    expect(payload.sign_in_issuer).toBe("https://id.example");
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(PRINCIPAL_SECONDS);
    expect(PRINCIPAL_SECONDS).toBeLessThanOrEqual(60);
  });

  it("names no space where the person acts in none, and no issuer where they signed in at none", async () => {
    const { privateKey, publicKey } = pair("ed25519");
    const token = await signPrincipal({ userId: "mona", issuer: null }, await signer(privateKey));
    const { payload } = await jwtVerify(token, publicKey);
    expect(payload).not.toHaveProperty("space_id");
    expect(Object.keys(payload).sort()).toEqual(["aud", "exp", "iat", "iss", "jti", "sub"]);
  });

  it("is another one each time: what changes something takes each jti once", async () => {
    const { privateKey, publicKey } = pair("ed25519");
    const by = await signer(privateKey);
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { payload } = await jwtVerify(
          await signPrincipal({ userId: "mona", issuer: null }, by),
          publicKey,
        );
        return payload.jti;
      }),
    );
    expect(new Set(ids).size).toBe(50);
    expect(ids[0]).toMatch(/^.{16,128}$/);
  });

  it("of one key is refused under another", async () => {
    const { privateKey } = pair("ed25519");
    const token = await signPrincipal({ userId: "mona", issuer: null }, await signer(privateKey));
    await expect(jwtVerify(token, pair("ed25519").publicKey)).rejects.toThrow();
  });
});
