import { describe, expect, it } from "vitest";
import { sameSitePath } from "@/lib/return-path";

const OFF_SITE = [
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/%2f/evil.example",
  "/%2F%2Fevil.example",
  "/%252f/evil.example",
  "/%25252f%25252fevil.example",
  "/%5cevil.example",
  "/%255cevil.example",
  "https://evil.example",
  "https:evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  " /chat",
  "/chat\r\nset-cookie: a=b",
  "/chat%0d%0aset-cookie: a",
  "/chat%0D%0Aset-cookie",
  "/chat%00",
  "/\t/evil.example",
  "/%09/evil.example",
  "/./chat",
  "/../chat",
  "/chat/..//evil.example",
  "/%2e%2e//evil.example",
  "/chat#//evil",
  "/chat%",
  "/chat%zz",
  "/ćhat",
  "chat",
  "",
  `/${"a".repeat(1024)}`,
  null,
  undefined,
  42,
  ["/chat"],
];

describe("a return path", () => {
  it.each(OFF_SITE)("that may lead elsewhere is refused: %j", (value) => {
    expect(sameSitePath(value)).toBeNull();
  });

  it.each(["/", "/chat", "/integrations/notion/callback?next=/chat", "/a%20b?c=d%2Fe"])(
    "on this site is kept as it is: %s",
    (value) => {
      expect(sameSitePath(value)).toBe(value);
    },
  );

  it("never leaves the site, whatever it is made of", () => {
    const pieces = [
      "/",
      "\\",
      ".",
      "..",
      "%2f",
      "%5c",
      "%25",
      "%0a",
      "%2e",
      "@",
      ":",
      "evil.example",
      "?",
      "#",
      "a",
      " ",
      "\t",
    ];
    let seed = 20_26;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    let kept = 0;
    for (let round = 0; round < 100_000; round++) {
      const length = 1 + Math.floor(random() * 7);
      const value = `/${Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join("")}`;
      const path = sameSitePath(value);
      if (path === null) continue;
      kept++;
      expect(new URL(path, "https://app.example").origin).toBe("https://app.example");
      let decoded = path;
      for (let again = 0; again < 5; again++) {
        decoded = decodeURIComponent(decoded);
        expect(new URL(decoded, "https://app.example").origin).toBe("https://app.example");
        if (!decoded.includes("%")) break;
      }
    }
    expect(kept).toBeGreaterThan(1000);
  });
});
