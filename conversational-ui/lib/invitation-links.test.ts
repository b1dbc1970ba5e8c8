import { expect, it } from "vitest";
import { joinPath, mailWith } from "@/lib/invitation-links";
import { sameSitePath } from "@/lib/return-path";

it("a link's page is one that signing in leads back to", () => {
  const path = joinPath("sp-1", "aZ09_-".repeat(7));
  expect(path).toBe(`/join/sp-1/${"aZ09_-".repeat(7)}`);
  expect(sameSitePath(path)).toBe(path);
});

it("a mail has the link in its text, and no name makes a header of its own", () => {
  const mail = mailWith("https://ui.example/join/sp-1/abc", "Team\r\n&bcc=eve@evil.example");
  const { searchParams } = new URL(mail);
  expect([...searchParams.keys()]).toEqual(["subject", "body"]);
  expect(searchParams.get("body")).toContain("https://ui.example/join/sp-1/abc\n");
});
