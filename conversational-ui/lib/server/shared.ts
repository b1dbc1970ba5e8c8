import "server-only";

import type { OwnShare, Share, SharedConversation } from "@/lib/api-types";
import { callGateway, GatewayError } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const e = encodeURIComponent;
const ofOne = (spaceId: string, id: string) => `/spaces/${e(spaceId)}/conversations/${e(id)}/share`;
const named = (spaceId: string, shareId: string) => `/spaces/${e(spaceId)}/shared/${e(shareId)}`;

/** Whether a conversation of the person's own is shared with the space; null where it is not. */
export async function shareOf(person: Person, spaceId: string, id: string): Promise<Share | null> {
  try {
    return (await callGateway(acting(person, spaceId), ofOne(spaceId, id))) as Share;
  } catch (fault) {
    if (fault instanceof GatewayError && fault.problem.reason === "share_unknown") return null;
    throw fault;
  }
}

export const putShare = (
  person: Person,
  spaceId: string,
  id: string,
  body: { message_ids: string[] },
) =>
  callGateway(acting(person, spaceId), ofOne(spaceId, id), {
    method: "PUT",
    body,
  }) as Promise<Share>;

export const endShare = (person: Person, spaceId: string, id: string) =>
  callGateway(acting(person, spaceId), ofOne(spaceId, id), { method: "DELETE" });

/** What the person shares in this space, the newest first. */
export const ownShares = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/shared`) as Promise<{
    shares: OwnShare[];
  }>;

/** What a member of the space has shared. */
export const readShared = (person: Person, spaceId: string, shareId: string) =>
  callGateway(acting(person, spaceId), named(spaceId, shareId)) as Promise<SharedConversation>;

/** For owners of the space: anybody's. */
export const endNamedShare = (person: Person, spaceId: string, shareId: string) =>
  callGateway(acting(person, spaceId), named(spaceId, shareId), { method: "DELETE" });
