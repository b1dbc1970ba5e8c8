import "server-only";

import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import { cache } from "react";
import type { Invitation, Space } from "@/lib/api-types";
import type { Problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";
import { type Person, requirePerson, signInAgain } from "@/lib/server/session";
import { awaited, soon } from "@/lib/server/soon";
import { deletionOf } from "@/lib/server/space-end";
import { listInvitations, listSpaces } from "@/lib/server/spaces";
import { SPACE_COOKIE, spaceToOpen } from "@/lib/space-cookie";
import { spaceIdIn } from "@/lib/space-paths";

/** What the signed-in person belongs to and is invited to, or why nobody can say. */
export type Known =
  | { kind: "known"; person: Person; spaces: Space[]; invitations: Invitation[] }
  | { kind: "fault"; person: Person; problem: Problem };

/** Where an address leads: to a space of the person's, to one that was, or nobody can say. */
export type Place =
  | { kind: "space"; space: Space; person: Person; spaces: Space[]; invitations: Invitation[] }
  | { kind: "fault"; person: Person; problem: Problem }
  | { kind: "deleted"; problem: Problem; here: Extract<Known, { kind: "known" }> };

/** None where nobody can say: they are no part of any other page. */
const invitationsOf = (person: Person): Promise<Invitation[]> =>
  listInvitations(person).catch((fault: unknown) => {
    if (fault instanceof GatewayError) return [];
    throw fault;
  });

/** Asked once for each request, however many components want to know. */
export const known = cache(async (): Promise<Known> => {
  const person = await requirePerson();
  try {
    const asked = Promise.all([listSpaces(person), invitationsOf(person)]);
    const told = await soon(asked, null);
    if (told === null) return { kind: "fault", person, problem: awaited() };
    const [spaces, invitations] = told;
    return { kind: "known", person, spaces, invitations };
  } catch (fault) {
    if (!(fault instanceof GatewayError)) throw fault;
    if (fault.problem.reason === "sign_in_revoked") await signInAgain("Revoked");
    return { kind: "fault", person, problem: fault.problem };
  }
});

/**
 * The space that the address names: what it calls ``segment``. Ends as "not found" where the person
 * is no member, with the same words as where there is no such space.
 */
export async function placeAt(segment: string): Promise<Place> {
  const here = await known();
  if (here.kind === "fault") return here;
  const spaceId = spaceIdIn(segment);
  const space = here.spaces.find(({ space_id }) => space_id === spaceId);
  if (space) return { ...here, kind: "space", space };
  const deleted = spaceId === null ? null : await deletionOf(here.person, spaceId);
  if (deleted) return { kind: "deleted", problem: deleted, here };
  notFound();
}

/** For addresses that name no space: the one to open, as the cookie remembers it. */
export async function lastSpace(spaces: readonly Space[], person: Person): Promise<Space | null> {
  return spaceToOpen(spaces, (await cookies()).get(SPACE_COOKIE)?.value, person.userId);
}
