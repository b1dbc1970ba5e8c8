import { describe, expect, it } from "vitest";
import { isFromThisSite } from "@/lib/server/same-origin";

const site = new URL("https://app.example");
const asked = (headers: Record<string, string>) => new Headers(headers);

describe("a request that changes something", () => {
  it("from this site's pages is let through", () => {
    expect(
      isFromThisSite(
        asked({ origin: "https://app.example", "sec-fetch-site": "same-origin" }),
        site,
      ),
    ).toBe(true);
    expect(isFromThisSite(asked({ origin: "https://app.example" }), site)).toBe(true);
  });

  it.each([
    {},
    { origin: "null" },
    { origin: "https://evil.example" },
    { origin: "http://app.example" },
    { origin: "https://app.example:8443" },
    { origin: "https://app.example.evil.example" },
    { origin: "https://sub.app.example", "sec-fetch-site": "same-site" },
    { origin: "https://app.example", "sec-fetch-site": "cross-site" },
    { origin: "https://app.example", "sec-fetch-site": "none" },
    { "sec-fetch-site": "same-origin" },
    { origin: "https://evil.example", host: "evil.example" },
  ])("from anywhere else is refused: %j", (headers) => {
    expect(isFromThisSite(asked(headers as Record<string, string>), site)).toBe(false);
  });

  it("is compared with the address that was asked for where none is configured", () => {
    const host = "localhost:3000";
    expect(isFromThisSite(asked({ origin: "http://localhost:3000", host }), undefined)).toBe(true);
    expect(isFromThisSite(asked({ origin: "http://localhost:3001", host }), undefined)).toBe(false);
    expect(
      isFromThisSite(
        asked({ origin: "https://a.example", host: "a.example", "x-forwarded-proto": "https" }),
        undefined,
      ),
    ).toBe(true);
  });
});
