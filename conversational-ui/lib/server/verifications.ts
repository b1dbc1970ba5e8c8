import "server-only";

import type { Verification } from "@/lib/api-types";
import { isSignatureRefused } from "@/lib/problems";

const MOST_SPACES = 1000;
const known = new Map<string, Verification>();

/**
 * What the latest real call found, for whoever opens the page next. Of this process only, and
 * shown only to people whom the gateway has just let see the space's status.
 */
export function lastVerification(spaceId: string): Verification | null {
  return known.get(spaceId) ?? null;
}

export function rememberVerification(spaceId: string, found: Verification): void {
  // A refusal of the caller says nothing about the connection.
  if (!found.ok && (found.problem.status === 403 || isSignatureRefused(found.problem))) return;
  known.delete(spaceId);
  known.set(spaceId, found);
  const oldest = known.keys().next();
  if (known.size > MOST_SPACES && !oldest.done) known.delete(oldest.value);
}

export function forgetVerification(spaceId: string): void {
  known.delete(spaceId);
}
