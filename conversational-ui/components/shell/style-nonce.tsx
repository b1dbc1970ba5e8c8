"use client";

import { setNonce } from "get-nonce";

/** Dialogs and menus lock scrolling with a style element, which the policy wants a nonce on. */
export function StyleNonce({ value }: { value: string }) {
  if (typeof window !== "undefined") setNonce(value);
  return null;
}
