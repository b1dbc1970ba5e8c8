import { expect, test } from "vitest";
import { tokensFor, tokensOf, tokenWords } from "@/lib/chat/tokens-used";

test("what an answer has taken before a person's word counts, too", () => {
  const first = tokensFor({ inputTokens: 1200, outputTokens: 30 }, null);
  const before = tokensOf({ metadata: { end: "complete", ...first } });
  const then = tokensFor({ inputTokens: 1300, outputTokens: 70 }, before);
  expect(then).toEqual({ tokens: { input: 2500, output: 100 } });
});

test.each([undefined, null, {}, { tokens: 7 }, { tokens: { input: 1, output: "2" } }])(
  "of %o nothing is shown",
  (metadata) => {
    expect(tokensOf({ metadata })).toBeNull();
  },
);

test("where the service counts nothing, nothing is said", () => {
  expect(tokensFor({ inputTokens: undefined, outputTokens: 3 }, null)).toEqual({});
  expect(tokensFor({ inputTokens: Number.NaN, outputTokens: 3 }, null)).toEqual({});
});

test("it is said in numbers that can be read", () => {
  expect(tokenWords({ input: 12_345, output: 67 })).toEqual({
    short: "12,412 tokens",
    long: "12,345 read by the model, 67 written",
  });
});
