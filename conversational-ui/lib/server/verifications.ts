import "server-only";

import type { Verification, Whose } from "@/lib/api-types";
import { isSignatureRefused } from "@/lib/problems";
import type { Person } from "@/lib/server/session";

const MOST_CONNECTIONS = 1000;
const known = new Map<string, Verification>();

/** Names a space's connection, or a person's own there. No space's id has a space in it. */
const nameOf = (spaceId: string, whose: Whose, { userId }: Pick<Person, "userId">): string =>
  whose === "personal" ? `${spaceId} ${userId}` : spaceId;

/**
 * What the latest real call with a connection found, for whoever opens the page next. Of this
 * process only, and shown only to people whom the gateway has just let see the space's status.
 */
export function lastVerification(
  spaceId: string,
  whose: Whose,
  person: Pick<Person, "userId">,
): Verification | null {
  return known.get(nameOf(spaceId, whose, person)) ?? null;
}

export function rememberVerification(
  spaceId: string,
  whose: Whose,
  person: Pick<Person, "userId">,
  found: Verification,
): void {
  // A refusal of the caller says nothing about the connection.
  if (!found.ok && (found.problem.status === 403 || isSignatureRefused(found.problem))) return;
  const name = nameOf(spaceId, whose, person);
  known.delete(name);
  known.set(name, found);
  const oldest = known.keys().next();
  if (known.size > MOST_CONNECTIONS && !oldest.done) known.delete(oldest.value);
}

/** Of the space's connection, and of the person's own. */
export function forgetVerification(spaceId: string, person: Pick<Person, "userId">): void {
  known.delete(nameOf(spaceId, "shared", person));
  known.delete(nameOf(spaceId, "personal", person));
}
