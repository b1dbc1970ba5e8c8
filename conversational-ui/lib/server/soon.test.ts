import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { soon } from "@/lib/server/soon";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const after = (milliseconds: number) =>
  new Promise<string>((then) => setTimeout(() => then("the page"), milliseconds));

it.each([
  [499, "the page"],
  [501, "a placeholder"],
])("shows what comes after %s ms: %s", async (milliseconds, shown) => {
  const found = soon(after(milliseconds), "a placeholder");
  await vi.advanceTimersByTimeAsync(milliseconds);
  expect(await found).toBe(shown);
  expect(vi.getTimerCount()).toBe(0);
});

it("fails as what is awaited fails", async () => {
  await expect(soon(Promise.reject(new Error("no")), "a placeholder")).rejects.toThrow("no");
  expect(vi.getTimerCount()).toBe(0);
});
