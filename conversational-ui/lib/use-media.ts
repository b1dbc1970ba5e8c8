"use client";

import { useCallback, useSyncExternalStore } from "react";

/** Whether the screen is as the media query says. ``unknown``: while nobody can say. */
export function useMedia(query: string, unknown: boolean): boolean {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", onChange);
      return () => list.removeEventListener("change", onChange);
    },
    [query],
  );
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => unknown,
  );
}
