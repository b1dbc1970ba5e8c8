"use client";

import { useEffect } from "react";
import { rememberSpace } from "@/lib/space-cookie";

/**
 * Remembers a space that was looked at. Not for one that the person was merely added to: a link
 * would be enough for it to be the one that opens from then on.
 */
export function RememberSpace({ spaceId, userId }: { spaceId: string; userId: string }) {
  useEffect(() => rememberSpace(spaceId, userId), [spaceId, userId]);
  return null;
}
