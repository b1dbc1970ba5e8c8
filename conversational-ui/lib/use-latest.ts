"use client";

import { type RefObject, useLayoutEffect, useRef } from "react";

/** What was rendered last, for functions that are called later: by a click, a timer, an answer. */
export function useLatest<T>(value: T): Readonly<RefObject<T>> {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}
