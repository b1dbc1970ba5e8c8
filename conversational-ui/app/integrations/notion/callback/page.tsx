import type { Metadata } from "next";
import { headers } from "next/headers";
import { ConsentEndCard, type ShownEnd } from "@/components/notion/consent-end-card";
import * as texts from "@/components/notion/consent-texts";
import { CONSENT_END_HEADER, keptQuery } from "@/lib/consent-address";
import { type ConsentEnd, consentEnd } from "@/lib/consent-end";
import { returnPath } from "@/lib/return-path";
import { lastSpace } from "@/lib/server/current-space";
import { settled } from "@/lib/server/gateway";
import { connectionMade, notionStatus, spaceConnections } from "@/lib/server/notion";
import { type Person, person, requirePerson } from "@/lib/server/session";
import { soon } from "@/lib/server/soon";
import { listSpaces } from "@/lib/server/spaces";

export const metadata: Metadata = { title: texts.notion };

const UNCONFIRMED: ShownEnd = { kind: "unconfirmed" };

/** Where a consent ends, whichever way. */
export default async function CallbackPage() {
  const query = keptQuery((await headers()).get(CONSENT_END_HEADER));
  const end = await shown(consentEnd(query));
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center px-5 py-12">
      <ConsentEndCard
        end={end}
        next={returnPath(query.next)}
        userId={(await person())?.userId ?? null}
      />
    </main>
  );
}

/** Anybody can write "success" into an address: said is what the gateway says. */
async function shown(end: ConsentEnd): Promise<ShownEnd> {
  if (end.kind === "confirm") {
    await requirePerson();
    return end;
  }
  if (end.kind === "error") return end;
  const who = await person();
  if (!who) return UNCONFIRMED;
  if (end.kind === "empty") return (await soon(already(who), null)) ?? UNCONFIRMED;
  const { spaceId } = end;
  if (spaceId === null) return UNCONFIRMED;
  return soon(made(who, spaceId), { kind: "awaited", spaceId });
}

/** Of a consent that is said to have made it. */
async function made(who: Person, spaceId: string): Promise<ShownEnd> {
  const status = await settled(notionStatus(who, spaceId));
  if (!status.ok) return { kind: "fault", problem: status.problem };
  const { status: state, process_id } = status.value;
  if (state !== "connected" || process_id === null) return UNCONFIRMED;
  return { kind: "connected", spaceId, made: await connectionMade(who, spaceId, process_id) };
}

/**
 * The address keeps nothing of a consent, so whoever reloads this page or comes back to it is told
 * of the space that they used last. Null where that has no connection, or nobody can say.
 */
async function already(who: Person): Promise<ShownEnd | null> {
  const spaces = await settled(listSpaces(who));
  const space = spaces.ok ? await lastSpace(spaces.value, who) : null;
  if (!space) return null;
  const now = await settled(spaceConnections(who, space.space_id));
  if (!now.ok) return null;
  const { personal, shared } = now.value;
  const connected = [personal, shared].find((one) => one?.status === "connected");
  if (!connected) return null;
  return {
    kind: "already",
    spaceId: space.space_id,
    space: space.name,
    workspace: connected.workspace?.name ?? null,
  };
}
