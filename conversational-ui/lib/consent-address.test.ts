import { describe, expect, it } from "vitest";
import { consentEndStep, keptQuery } from "@/lib/consent-address";

const asked = { search: "?status=confirm&state=abc", kept: undefined, destination: "document" };

describe("the page where a consent ends", () => {
  it("leads to its bare address, and is shown there with what was kept, or with nothing", () => {
    expect(consentEndStep(asked)).toEqual({ kind: "keep", search: asked.search });
    expect(consentEndStep({ ...asked, destination: null }).kind).toBe("keep"); // old browsers
    const bare = { ...asked, search: "" };
    expect(consentEndStep({ ...bare, kept: asked.search })).toEqual({
      kind: "show",
      search: asked.search,
    });
    expect(consentEndStep(bare)).toEqual({ kind: "show", search: "" });
  });

  it("is loaded as a whole where a script asks for it, which would keep the address", () => {
    expect(consentEndStep({ ...asked, destination: "empty" })).toEqual({ kind: "load" });
  });

  it("keeps nothing that no cookie can hold", () => {
    const search = `?state=${"x".repeat(5000)}`;
    expect(consentEndStep({ ...asked, search })).toEqual({ kind: "keep", search: "" });
  });
});

it("a parameter that comes twice is told so", () => {
  expect(keptQuery("?state=a&state=b&next=%2Fchat")).toEqual({ state: ["a", "b"], next: "/chat" });
  expect(keptQuery(null)).toEqual({});
});
