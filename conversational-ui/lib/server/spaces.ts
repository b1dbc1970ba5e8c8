import "server-only";

import type {
  GatewayToken,
  Member,
  NewGatewayToken,
  Role,
  Space,
  TokenRequest,
} from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import type { Person } from "@/lib/server/session";

const e = encodeURIComponent;
const by = ({ userId }: Person, spaceId?: string) => ({ userId, spaceId });

export const listSpaces = async (person: Person) =>
  ((await callGateway(by(person), "/spaces")) as { spaces: Space[] }).spaces;

export const createSpace = (person: Person, name: string) =>
  callGateway(by(person), "/spaces", { method: "POST", body: { name } }) as Promise<Space>;

export const renameSpace = (person: Person, spaceId: string, name: string) =>
  callGateway(by(person, spaceId), `/spaces/${e(spaceId)}`, {
    method: "PATCH",
    body: { name },
  }) as Promise<Space>;

export const listMembers = async (person: Person, spaceId: string) =>
  (
    (await callGateway(by(person, spaceId), `/spaces/${e(spaceId)}/members`)) as {
      members: Member[];
    }
  ).members;

/** Invites, or changes the role; at once. */
export const putMember = (person: Person, spaceId: string, userId: string, role: Role) =>
  callGateway(by(person, spaceId), `/spaces/${e(spaceId)}/members/${e(userId)}`, {
    method: "PUT",
    body: { role },
  }) as Promise<Member>;

/** Oneself: leaving. */
export const removeMember = (person: Person, spaceId: string, userId: string) =>
  callGateway(by(person, spaceId), `/spaces/${e(spaceId)}/members/${e(userId)}`, {
    method: "DELETE",
  });

export const listTokens = async (person: Person, spaceId: string) =>
  (
    (await callGateway(by(person, spaceId), `/spaces/${e(spaceId)}/tokens`)) as {
      tokens: GatewayToken[];
    }
  ).tokens;

export const createToken = (person: Person, spaceId: string, request: TokenRequest) =>
  callGateway(by(person, spaceId), `/spaces/${e(spaceId)}/tokens`, {
    method: "POST",
    body: request,
  }) as Promise<NewGatewayToken>;

export const revokeToken = (person: Person, spaceId: string, tokenId: string) =>
  callGateway(by(person, spaceId), `/spaces/${e(spaceId)}/tokens/${e(tokenId)}`, {
    method: "DELETE",
  });
