import "server-only";

import type {
  GatewayToken,
  Invitation,
  InvitationLink,
  InvitationLinkBody,
  InvitationMail,
  Invited,
  LinkedSpace,
  MailedInvitations,
  Member,
  MemberChange,
  NewGatewayToken,
  NewInvitationLink,
  Removal,
  Space,
  TokenRequest,
} from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const e = encodeURIComponent;

export const listSpaces = async (person: Person) =>
  ((await callGateway(acting(person), "/spaces")) as { spaces: Space[] }).spaces;

type AnySpace = Pick<Space, "space_id" | "name" | "role">;

export const createSpace = (person: Person, name: string) =>
  callGateway(acting(person), "/spaces", { method: "POST", body: { name } }) as Promise<AnySpace>;

export const listInvitations = async (person: Person) =>
  ((await callGateway(acting(person), "/invitations")) as { invitations: Invitation[] })
    .invitations;

export const acceptInvitation = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `/invitations/${e(spaceId)}/accept`, {
    method: "POST",
  }) as Promise<AnySpace>;

export const declineInvitation = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `/invitations/${e(spaceId)}`, { method: "DELETE" });

export const renameSpace = (person: Person, spaceId: string, name: string) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}`, {
    method: "PATCH",
    body: { name },
  }) as Promise<AnySpace>;

export const makeInvitationLink = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/invitation-links`, {
    method: "POST",
  }) as Promise<NewInvitationLink>;

export const mailedInvitations = (person: Person, spaceId: string) =>
  callGateway(
    acting(person, spaceId),
    `/spaces/${e(spaceId)}/invitation-mails`,
  ) as Promise<MailedInvitations>;

/** Longer than the gateway waits for its mail server. */
const MAIL_TIMEOUT = 40_000;

export const inviteByMail = (person: Person, spaceId: string, body: { address: string }) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/invitation-mails`, {
    method: "POST",
    body,
    timeoutMilliseconds: MAIL_TIMEOUT,
  }) as Promise<InvitationMail>;

export const takeBackInvitationLink = (person: Person, spaceId: string, linkId: string) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/invitation-links/${e(linkId)}`, {
    method: "DELETE",
  });

export const lookAtInvitationLink = (person: Person, link: InvitationLinkBody) =>
  callGateway(acting(person), "/invitation-links/look", {
    method: "POST",
    body: link,
  }) as Promise<LinkedSpace>;

export const joinByLink = (person: Person, link: InvitationLinkBody) =>
  callGateway(acting(person), "/invitation-links/accept", {
    method: "POST",
    body: link,
  }) as Promise<AnySpace>;

/** Who belongs to a space, and who is invited to it. */
export interface People {
  members: Member[];
  invitations: Invited[];
  links: InvitationLink[];
  /** For owners; ``undefined`` of a gateway of an earlier version. */
  kept_out?: Removal[];
}

export const listPeople = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/members`) as Promise<People>;

/** Changes a member's role, at once, and keeps them, where asked; invites anybody else. */
export const putMember = (person: Person, spaceId: string, userId: string, body: MemberChange) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/members/${e(userId)}`, {
    method: "PUT",
    body,
  }) as Promise<Member | Invited>;

/** Oneself: leaving. Of who is invited: takes it back. */
export const removeMember = (person: Person, spaceId: string, userId: string) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/members/${e(userId)}`, {
    method: "DELETE",
  });

export const listTokens = async (person: Person, spaceId: string) =>
  (
    (await callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/tokens`)) as {
      tokens: GatewayToken[];
    }
  ).tokens;

export const createToken = (person: Person, spaceId: string, request: TokenRequest) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/tokens`, {
    method: "POST",
    body: request,
  }) as Promise<NewGatewayToken>;

export const revokeToken = (person: Person, spaceId: string, tokenId: string) =>
  callGateway(acting(person, spaceId), `/spaces/${e(spaceId)}/tokens/${e(tokenId)}`, {
    method: "DELETE",
  });
