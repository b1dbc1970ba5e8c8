import "server-only";

import { cookies } from "next/headers";
import { cache } from "react";
import type { Space } from "@/lib/api-types";
import type { Problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";
import { type Person, requirePerson } from "@/lib/server/session";
import { listSpaces } from "@/lib/server/spaces";
import { SPACE_COOKIE } from "@/lib/space-cookie";

/** Where the signed-in person is: in a space, in none yet, or nobody can say. */
export type Place =
  | { kind: "space"; person: Person; space: Space; spaces: Space[] }
  | { kind: "no_space"; person: Person; spaces: Space[] }
  | { kind: "fault"; person: Person; problem: Problem };

/** Asked once for each request, however many components want to know. */
export const place = cache(async (): Promise<Place> => {
  const person = await requirePerson();
  let spaces: Space[];
  try {
    spaces = await listSpaces(person);
  } catch (fault) {
    if (fault instanceof GatewayError) return { kind: "fault", person, problem: fault.problem };
    throw fault;
  }
  const chosen = (await cookies()).get(SPACE_COOKIE)?.value;
  const space = spaces.find((one) => one.space_id === chosen) ?? spaces[0];
  return space ? { kind: "space", person, space, spaces } : { kind: "no_space", person, spaces };
});
