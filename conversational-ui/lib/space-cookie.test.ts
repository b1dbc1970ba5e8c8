import { describe, expect, it } from "vitest";
import type { Space } from "@/lib/api-types";
import { spaceToOpen } from "@/lib/space-cookie";

const space = (space_id: string, is_chosen: boolean): Space => ({
  space_id,
  name: space_id,
  role: "member",
  created_at: "2026-01-01T00:00:00Z",
  is_chosen,
});

const added = space("added", false);
const accepted = space("accepted", true);
const made = space("made", true);

describe("the space that opens", () => {
  it("is the one this person chose last in this browser", () => {
    for (const one of [added, accepted, made]) {
      const cookie = `${one.space_id}/ada`;
      expect(spaceToOpen([added, accepted, made], cookie, "ada")).toBe(one);
    }
  });

  it.each([undefined, "", "added", "added/bob", "added/", "gone/ada", "/ada"])(
    "is never one they were merely added to, with the cookie %j",
    (cookie) => {
      expect(spaceToOpen([added, accepted], cookie, "ada")).toBe(accepted);
      expect(spaceToOpen([added], cookie, "ada")).toBeNull();
    },
  );

  it("is for the person to choose where they chose several", () => {
    expect(spaceToOpen([added, accepted, made], undefined, "ada")).toBeNull();
  });

  it("is none where there is none", () => {
    expect(spaceToOpen([], "made/ada", "ada")).toBeNull();
  });

  it("takes user ids with slashes as they are", () => {
    expect(spaceToOpen([added], "added/a/b", "a/b")).toBe(added);
    expect(spaceToOpen([added], "added/a/b", "b")).toBeNull();
  });
});
