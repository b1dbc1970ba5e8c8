// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SOON_MILLISECONDS, useIsLong } from "@/components/shell/going";

vi.mock("next/navigation", () => ({ useRouter: () => ({}) }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("what comes soon is never called long, and what does not come is", () => {
  const { result, rerender } = renderHook(({ isGoing }) => useIsLong(isGoing), {
    initialProps: { isGoing: false },
  });
  const go = (isGoing: boolean) => rerender({ isGoing });
  const pass = (milliseconds: number) => act(() => vi.advanceTimersByTime(milliseconds));
  go(true);
  pass(SOON_MILLISECONDS - 1);
  go(false);
  pass(SOON_MILLISECONDS);
  expect(result.current).toBe(false);
  go(true);
  expect(result.current).toBe(false);
  pass(SOON_MILLISECONDS);
  expect(result.current).toBe(true);
  go(false);
  expect(result.current).toBe(false);
  go(true); // the next one is counted from its own beginning
  expect(result.current).toBe(false);
});
