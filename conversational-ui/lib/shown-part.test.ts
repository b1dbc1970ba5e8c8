import { expect, it } from "vitest";
import { shownPart } from "@/lib/shown-part";

it("leaves a short text as it is, and says of a long one how much is shown", () => {
  expect(shownPart("abc", 3)).toEqual({ text: "abc", isCut: false, words: "" });
  const cut = shownPart("x".repeat(9_000_000), 20_000);
  expect(cut.text).toHaveLength(20_000);
  expect(cut.words).toBe("The first 20,000 of 9,000,000 characters; “Copy” takes all.");
});

it("cuts no character in its middle", () => {
  expect(shownPart("ab😀c", 3).text).toBe("ab");
  expect(shownPart("ab😀c", 4).text).toBe("ab😀");
});
