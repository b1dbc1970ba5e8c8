import { expect, it, vi } from "vitest";
import {
  forgetSecret,
  JOINING_WORDS,
  joinPage,
  joinPath,
  mailWith,
  openedSecret,
} from "@/lib/invitation-links";
import { sameSitePath } from "@/lib/return-path";

it("a link's secret stands behind the #, and signing in leads back to its page", () => {
  const secret = "aZ09_-".repeat(7);
  expect(joinPath("sp-1", secret)).toBe(`/join/sp-1#${secret}`);
  expect(sameSitePath(joinPage("sp|1"))).toBe("/join/sp%7C1");
});

/** A tab that is at the page of that link; its address. */
function tabAt(hash: string): { address: string } {
  const tab = { address: `/join/sp-1${hash}` };
  vi.stubGlobal("location", { hash, pathname: "/join/sp-1", search: "" });
  vi.stubGlobal("history", {
    state: null,
    replaceState: (_: unknown, _title: string, address: string) => {
      tab.address = address;
    },
  });
  return tab;
}

it("the secret is found again after signing in, for its space alone, until it is of no use", () => {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  const tab = tabAt("#one");
  expect(openedSecret("sp-1")).toBe("one");
  expect(tab.address).toBe("/join/sp-1");
  tabAt("");
  expect(openedSecret("sp-1")).toBe("one");
  expect(openedSecret("sp-2")).toBeNull();
  tabAt("#two");
  expect(openedSecret("sp-1")).toBe("two");
  tabAt("");
  forgetSecret("sp-1");
  expect(openedSecret("sp-1")).toBeNull();
  expect(kept.size).toBe(0);
  vi.unstubAllGlobals();
});

it("in a browser that keeps nothing, the secret stays in the address until it is of no use", () => {
  const refuse = () => {
    throw new Error("SecurityError");
  };
  vi.stubGlobal("sessionStorage", { getItem: refuse, setItem: refuse, removeItem: refuse });
  const tab = tabAt("#one");
  expect(openedSecret("sp-1")).toBe("one");
  expect(tab.address).toBe("/join/sp-1#one");
  forgetSecret("sp-1");
  expect(tab.address).toBe("/join/sp-1");
  tabAt("");
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
