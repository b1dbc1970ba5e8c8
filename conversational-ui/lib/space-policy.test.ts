import { expect, it } from "vitest";
import type { SpacePolicy } from "@/lib/api-types";
import { choiceOf } from "@/lib/space-policy";

const policy = (document: Record<string, unknown> | null) =>
  ({ policy: document, version: 1 }) as SpacePolicy;

it.each([
  [null, "none"],
  [{ version: 1, preset: "read_only" }, "read_only"],
  [{ version: 1, preset: "custom", tools: {}, arguments: [], otherwise: null }, "custom"],
  [{ version: 1, preset: "custom", tools: { "notion-search": "block" } }, null],
  [{ version: 2, preset: "of the future" }, null],
])("what a policy is of the choices: %o", (document, choice) => {
  expect(choiceOf(policy(document))).toBe(choice);
});
