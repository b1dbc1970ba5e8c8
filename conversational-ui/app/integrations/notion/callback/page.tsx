import type { Metadata } from "next";
import { ConsentEndCard, type ShownEnd } from "@/components/notion/consent-end-card";
import { type ConsentEnd, consentEnd } from "@/lib/consent-end";
import { returnPath } from "@/lib/return-path";
import { settled } from "@/lib/server/gateway";
import { notionStatus } from "@/lib/server/notion";
import { person, requirePerson } from "@/lib/server/session";

export const metadata: Metadata = { title: "Notion" };

/** Where a consent ends, whichever way. */
export default async function CallbackPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const query = await searchParams;
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
  if (end.kind !== "success") return end;
  const who = await person();
  if (!who || end.spaceId === null) return { kind: "unconfirmed" };
  const status = await settled(notionStatus(who, end.spaceId));
  if (!status.ok) return { kind: "fault", problem: status.problem };
  return status.value.status === "connected"
    ? {
        kind: "connected",
        workspace: status.value.workspace?.name ?? null,
        spaceId: end.spaceId,
        made: null,
      }
    : { kind: "unconfirmed" };
}
