import { expect, it } from "vitest";
import { throughWhom } from "@/components/members/through-whom";

const BY_WORD = "issuer:https://login.birch.example/tenant";

it.each([
  [{ added_by: "mona", issuer: null }, ""],
  [{ added_by: "ada", issuer: null }, ", by ada"],
  [
    { added_by: BY_WORD, issuer: "https://login.birch.example/tenant" },
    ", by the word of login.birch.example, for as long as it says so",
  ],
  [
    { added_by: BY_WORD, issuer: null },
    ", by the word of login.birch.example at first, and kept since",
  ],
  [{ added_by: "issuer:okta", issuer: "okta" }, ", by the word of okta, for as long as it says so"],
])("%j is said as %j", (member, words) => {
  expect(throughWhom({ user_id: "mona", ...member })).toBe(words);
});
