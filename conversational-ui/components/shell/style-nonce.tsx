"use client";

import { setNonce } from "get-nonce";

let known = false;

/**
 * Dialogs and menus lock scrolling with a style element, which the policy wants a nonce on: the
 * one this document came with. The server renders later navigations with nonces of their own.
 */
export function StyleNonce({ value }: { value: string }) {
  if (typeof window !== "undefined" && !known) {
    setNonce(value);
    known = true;
  }
  return null;
}
