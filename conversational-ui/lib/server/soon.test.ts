import { expect, it } from "vitest";
import { either } from "@/lib/server/soon";

const never = new Promise<never>(() => {});

it("is what was asked for, where that comes in time, and else what stands in for it", async () => {
  expect(await either(Promise.resolve("the page"), never, "late")).toBe("the page");
  expect(await either(never, Promise.resolve(), "late")).toBe("late");
});

it("fails as what was asked for fails, and not once nobody waits for it", async () => {
  await expect(either(Promise.reject(new Error("no")), never, "late")).rejects.toThrow("no");
  const refused = Promise.withResolvers<string>();
  expect(await either(refused.promise, Promise.resolve(), "late")).toBe("late");
  refused.reject(new Error("no")); // an unhandled rejection would end the test run
});
