"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import * as texts from "@/components/notion/opened-texts";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import type { Disconnected, MembersConnections, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { DISCONNECTED, NOT_TOLD } from "@/lib/disconnect-words";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

type MemberGrant = MembersConnections["members"][number];

const STATUS = {
  connected: { tone: "good", label: texts.connected },
  reconnect_required: { tone: "bad", label: texts.reconnectNeeded },
  disconnected: { tone: "plain", label: texts.disconnected },
} as const satisfies Record<MemberGrant["status"], unknown>;

/** What members have connected of their own: an owner can end each. Nothing where nobody has. */
export function MembersGrants({ space }: { space: Space }) {
  const [after, setAfter] = useState<string | null>(null);
  const path = spaceApi(space.space_id, "/member-grants");
  const { loaded, again } = useLoaded<MembersConnections>(
    after === null ? path : `${path}?after=${encodeURIComponent(after)}`,
  );
  const isNobody = after === null && loaded.state === "ready" && loaded.value.members.length === 0;
  if (isNobody) return null;
  return (
    <section aria-labelledby="members-grants" className="mt-6 border-t border-line pt-5">
      <h3 id="members-grants" className="text-sm font-medium">
        {texts.membersOwnConnections}
      </h3>
      <WhenLoaded loaded={loaded} again={again} waiting={texts.readingWhoHasConnected}>
        {(page) => (
          <>
            <ul className="mt-2">
              {page.members.map((member) => (
                <MemberRow key={member.user_id} space={space} member={member} onEnded={again} />
              ))}
            </ul>
            <div className="mt-3 flex gap-2 empty:hidden">
              {after !== null && (
                <Button variant="outline" size="sm" onClick={() => setAfter(null)}>
                  {texts.first}
                </Button>
              )}
              {page.after !== null && (
                <Button variant="outline" size="sm" onClick={() => setAfter(page.after)}>
                  {texts.more}
                </Button>
              )}
            </div>
          </>
        )}
      </WhenLoaded>
    </section>
  );
}

function MemberRow({
  space,
  member,
  onEnded,
}: {
  space: Space;
  member: MemberGrant;
  onEnded: () => void;
}) {
  const router = useRouter();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const [pending, setPending] = useState(false);
  const [fault, setFault] = useState<Problem>();
  const { tone, label } = STATUS[member.status];

  const disconnect = async () => {
    setPending(true);
    setFault(undefined);
    const done = await callApi<Disconnected>(
      spaceApi(space.space_id, `/grants/${encodeURIComponent(member.user_id)}`),
      { method: "DELETE" },
    );
    setPending(false);
    if (!done.ok) return setFault(done.problem);
    setAsking(false);
    toast(done.value.revoked_at_notion === false ? NOT_TOLD : DISCONNECTED);
    onEnded();
    router.refresh();
  };

  return (
    <li className="border-b border-line py-2.5 text-sm last:border-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span className="min-w-0 flex-1 basis-40 break-words">
          {member.user_id}
          {member.workspace?.name && (
            <span className="block text-[0.8125rem] text-ink-soft">{member.workspace.name}</span>
          )}
        </span>
        <Badge tone={tone}>{label}</Badge>
        {member.status !== "disconnected" &&
          (asking ? (
            <>
              <Button variant="danger" size="sm" busy={pending} onClick={() => void disconnect()}>
                {texts.deleteTheirTokens}
              </Button>
              <Button variant="ghost" size="sm" disabled={pending} onClick={() => setAsking(false)}>
                {texts.keep}
              </Button>
            </>
          ) : (
            <Button
              variant="ghost"
              size="sm"
              aria-label={texts.disconnect(member.user_id)}
              onClick={() => setAsking(true)}
            >
              {texts.disconnectMore}
            </Button>
          ))}
      </div>
      {fault && <Fault problem={fault} className="mt-2" />}
    </li>
  );
}
