import { expect, it, vi } from "vitest";
import { JOINING_WORDS, joinPage, joinPath, mailWith, openedSecret } from "@/lib/invitation-links";
import { sameSitePath } from "@/lib/return-path";

it("a link's secret stands behind the #, and signing in leads back to its page", () => {
  const secret = "aZ09_-".repeat(7);
  expect(joinPath("sp-1", secret)).toBe(`/join/sp-1#${secret}`);
  expect(sameSitePath(joinPage("sp|1"))).toBe("/join/sp%7C1");
});

it("the secret is found again after signing in, for its space alone", () => {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
  vi.stubGlobal("location", { hash: "#one" });
  expect(openedSecret("sp-1")).toBe("one");
  vi.stubGlobal("location", { hash: "" });
  expect(openedSecret("sp-1")).toBe("one");
  expect(openedSecret("sp-2")).toBeNull();
  vi.stubGlobal("location", { hash: "#two" });
  expect(openedSecret("sp-1")).toBe("two");
  vi.unstubAllGlobals();
});

it("in a browser that keeps nothing, the secret is read from the address alone", () => {
  const refuse = () => {
    throw new Error("SecurityError");
  };
  vi.stubGlobal("sessionStorage", { getItem: refuse, setItem: refuse });
  vi.stubGlobal("location", { hash: "#one" });
  expect(openedSecret("sp-1")).toBe("one");
  vi.stubGlobal("location", { hash: "" });
  expect(openedSecret("sp-1")).toBeNull();
  vi.unstubAllGlobals();
});

it("who joins reads whose rights they act with, and that theirs are lent to nobody", () => {
  expect(JOINING_WORDS.shared).toContain("the rights of whoever connected it");
  expect(JOINING_WORDS.personal).toContain("your own rights, in your own name, and nobody else");
  expect(JOINING_WORDS.personal).not.toContain("share");
  expect(JOINING_WORDS.personal_else_shared).toContain(
    "the rights of whoever connected the team's",
  );
});

it("a mail has the link in its text, and no name makes a header of its own", () => {
  const mail = mailWith("https://ui.example/join/sp-1#abc", "Team\r\n&bcc=eve@evil.example");
  const { searchParams } = new URL(mail);
  expect([...searchParams.keys()]).toEqual(["subject", "body"]);
  expect(searchParams.get("body")).toContain("https://ui.example/join/sp-1#abc\n");
});
