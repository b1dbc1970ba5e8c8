import { describe, expect, it } from "vitest";
import {
  conversationPath,
  isInSpace,
  newAddress,
  oldAddress,
  pageAt,
  SPACE_PAGES,
  spaceIdIn,
  spacePath,
  wantedPage,
} from "@/lib/space-paths";

/** Of every character that the gateway allows in one. */
const ODD = "a.b_c:d@e|f+g~h-9";

describe("the address of a space", () => {
  it("names the space, whatever is in its id", () => {
    expect(spacePath("sp-1", "members")).toBe("/s/sp-1/members");
    const segment = spacePath(ODD, "chat").split("/")[2] ?? "";
    expect(spaceIdIn(segment)).toBe(ODD);
    expect(spaceIdIn(ODD)).toBe(ODD); // unescaped by somebody before
  });

  it.each(["", "%", "..", "%2e%2e", "a/b", "a%2Fb", "%E0", "a b", "x".repeat(201)])(
    "is nobody's with the segment %j",
    (segment) => expect(spaceIdIn(segment)).toBeNull(),
  );

  it("is another space's where only the beginning is the same", () => {
    expect(isInSpace(spacePath("sp-1", "chat"), "sp-1")).toBe(true);
    expect(isInSpace(conversationPath("sp-1", "c"), "sp-1")).toBe(true);
    for (const path of ["/s/sp-10/chat", "/s/sp-1", "/chat", "/", "//s/sp-1/chat"]) {
      expect(isInSpace(path, "sp-1")).toBe(false);
    }
  });
});

describe("the same page of another space", () => {
  it.each(SPACE_PAGES)("is known for %s", (page) => {
    expect(pageAt(spacePath("sp-1", page))).toBe(page);
  });

  it("is the chat for a conversation, which is of one space", () => {
    expect(pageAt(conversationPath("sp-1", "c-1"))).toBe("chat");
    expect(pageAt("/s/sp-1")).toBe("chat");
    expect(pageAt("/spaces")).toBe("chat");
  });
});

describe("an address from before", () => {
  it.each(SPACE_PAGES)("leads to the same page of a space: %s", (page) => {
    const old = oldAddress(page.split("/"), {});
    expect(old).toEqual({ page, conversation: null });
    expect(old && newAddress(old, "sp-1", {})).toBe(`/s/sp-1/${page}`);
  });

  it("leads to the tools, which were a part of the chat", () => {
    const old = oldAddress(["chat", "tools"], {});
    expect(old && newAddress(old, "sp-1", {})).toBe("/s/sp-1/tools");
  });

  it("keeps its query", () => {
    const query = { user: "ada", tool: ["a", "b"], page: undefined };
    const old = oldAddress(["activity"], query);
    expect(old && newAddress(old, "sp-1", query)).toBe("/s/sp-1/activity?user=ada&tool=a&tool=b");
  });

  it("leads to the conversation that it named", () => {
    const query = { c: "3f2a-1", retry: "1" };
    const old = oldAddress(["chat"], query);
    expect(old && newAddress(old, "sp-1", query)).toBe("/s/sp-1/chat/3f2a-1");
  });

  it.each(["../members", "a/b", "", "x".repeat(65)])("names no conversation with %j", (c) => {
    const old = oldAddress(["chat"], { c });
    expect(old && newAddress(old, "sp-1", { c })).toBe("/s/sp-1/chat");
  });

  it.each(["nowhere", "chat/tools/more", "members/ada", "s", ""])("never was %j", (path) => {
    expect(oldAddress(path.split("/"), {})).toBeNull();
  });
});

it("a wanted page is one of the known ones", () => {
  expect(wantedPage("members")).toBe("members");
  for (const odd of ["//evil.example", "../x", undefined, ["members"]]) {
    expect(wantedPage(odd)).toBe("chat");
  }
});
