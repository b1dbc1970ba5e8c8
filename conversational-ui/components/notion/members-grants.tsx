"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { Fault } from "@/components/fault";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import type { Disconnected, Grants, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { DISCONNECTED, NOT_TOLD } from "@/lib/disconnect-words";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

type MemberGrant = Grants["members"][number];

const STATUS = {
  connected: { tone: "good", label: "connected" },
  reconnect_required: { tone: "bad", label: "reconnect needed" },
  disconnected: { tone: "plain", label: "disconnected" },
} as const satisfies Record<MemberGrant["status"], unknown>;

/** What members have connected of their own: an owner can end each. */
export function MembersGrants({ space, members }: { space: Space; members: MemberGrant[] }) {
  return (
    <section aria-labelledby="members-grants" className="mt-6 border-t border-line pt-5">
      <h3 id="members-grants" className="text-sm font-medium">
        Members' own connections
      </h3>
      <ul className="mt-2">
        {members.map((member) => (
          <MemberRow key={member.user_id} space={space} member={member} />
        ))}
      </ul>
    </section>
  );
}

function MemberRow({ space, member }: { space: Space; member: MemberGrant }) {
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
                Delete their tokens
              </Button>
              <Button variant="ghost" size="sm" disabled={pending} onClick={() => setAsking(false)}>
                Keep
              </Button>
            </>
          ) : (
            <Button
              variant="ghost"
              size="sm"
              aria-label={`Disconnect ${member.user_id}`}
              onClick={() => setAsking(true)}
            >
              Disconnect…
            </Button>
          ))}
      </div>
      {fault && <Fault problem={fault} className="mt-2" />}
    </li>
  );
}
