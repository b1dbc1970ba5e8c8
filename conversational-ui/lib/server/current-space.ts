import "server-only";

import { cookies } from "next/headers";
import { cache } from "react";
import type { Invitation, Space } from "@/lib/api-types";
import type { Problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";
import { type Person, requirePerson } from "@/lib/server/session";
import { listInvitations, listSpaces } from "@/lib/server/spaces";
import { SPACE_COOKIE, spaceToOpen } from "@/lib/space-cookie";

interface Known {
  person: Person;
  spaces: Space[];
  invitations: Invitation[];
}

/** Where the signed-in person is: in a space, in none (yet), or nobody can say. */
export type Place =
  | ({ kind: "space"; space: Space } & Known)
  | ({ kind: "no_space" } & Known)
  | { kind: "fault"; person: Person; problem: Problem };

/** None where nobody can say: they are no part of any other page. */
const invitationsOf = (person: Person): Promise<Invitation[]> =>
  listInvitations(person).catch((fault: unknown) => {
    if (fault instanceof GatewayError) return [];
    throw fault;
  });

/** Asked once for each request, however many components want to know. */
export const place = cache(async (): Promise<Place> => {
  const person = await requirePerson();
  let spaces: Space[];
  let invitations: Invitation[];
  try {
    [spaces, invitations] = await Promise.all([listSpaces(person), invitationsOf(person)]);
  } catch (fault) {
    if (fault instanceof GatewayError) return { kind: "fault", person, problem: fault.problem };
    throw fault;
  }
  const cookie = (await cookies()).get(SPACE_COOKIE)?.value;
  const space = spaceToOpen(spaces, cookie, person.userId);
  const known = { person, spaces, invitations };
  return space ? { kind: "space", space, ...known } : { kind: "no_space", ...known };
});
