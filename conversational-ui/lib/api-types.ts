/**
 * What passes between browser, this site and the gateway. Types only: nothing here is bundled.
 */

import type { components } from "@/lib/gateway-api";
import type { Problem } from "@/lib/problems";

type Schemas = components["schemas"];

/** What a space has, and its deletion ends. */
export type WhatGoes = Schemas["WhatGoesAnswer"];
export type Role = Schemas["Role"];
export type Space = Schemas["SpaceSummary"];
export type Member = Schemas["MemberAnswer"];
export type MemberChange = Schemas["MemberRole"];
/** Somebody whom another person removed. */
export type Removal = Schemas["RemovalAnswer"];
/** Somebody whom a space's owner asked to join, and who is no member yet. */
export type Invited = Schemas["InvitationAnswer"];
/** By which somebody may join who has it. */
export type InvitationLink = Schemas["InvitationLinkAnswer"];
/** ``secret`` is shown once and kept nowhere. */
export type NewInvitationLink = Schemas["NewInvitationLinkAnswer"];
/** At which domains people may be invited by e-mail; none: not at all. */
export type MailedInvitations = Schemas["InvitationMailsAnswer"];
/** What became of one that was sent just now. */
export type InvitationMail = Schemas["InvitationMailAnswer"];
export type InvitationLinkBody = Schemas["InvitationLinkBody"];
/** Where an invitation link leads. */
export type LinkedSpace = Schemas["LinkedSpaceAnswer"];
/** What the signed-in person is invited to. */
export type Invitation = Schemas["OwnInvitationAnswer"];
export type GatewayToken = Schemas["TokenAnswer"];
/** ``token`` is shown once and kept nowhere. */
export type NewGatewayToken = Schemas["NewTokenAnswer"];
export type TokenRequest = Schemas["NewToken"];
/** A program that acts in nobody's name, with credentials of its own. */
export type MachineRequest = Schemas["NewMachine"];
/** ``client_secret`` is shown once, where it has one. */
export type NewMachine = Schemas["NewMachineAnswer"];
/** A program that proves who it is by a token of where it runs. */
export type Workload = Schemas["WorkloadAnswer"];
export type WorkloadRequest = Schemas["NewWorkload"];
export type NotionStatus = Schemas["StatusAnswer"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type HistoryPage = Schemas["HistoryAnswer"];
export type AuditEntry = Schemas["EntryAnswer"];
export type AuditPage = Schemas["AuditAnswer"];
export type AuditContents = Schemas["ContentsAnswer"];
export type AuditKeeping = Schemas["KeepingAnswer"];
/** What an owner sets of both. */
export type RecordingRequest = Schemas["NewKeeping"] & Schemas["NewContents"];
export type SpacePolicy = Schemas["PolicyAnswer"];
export type PolicyWarning = Schemas["PolicyWarning"];
export type PolicyTools = Schemas["PolicyToolsAnswer"];
export type JudgedTool = Schemas["JudgedToolAnswer"];
export type PolicyHistory = Schemas["PolicyHistory"];
export type Catalogue = Schemas["CatalogueAnswer"];
export type CatalogueChanges = Schemas["ChangesAnswer"];
export type CatalogueChange = Schemas["ChangeAnswer"];
export type WebhookEvent = NonNullable<Schemas["NewWebhook"]["events"]>[number];
export type Webhook = Schemas["WebhookAnswer"];
/** ``secret`` is shown once. */
export type NewWebhook = Schemas["NewWebhookAnswer"];
export type WebhookRequest = Schemas["NewWebhook"];
export type WebhookTest = Schemas["TestAnswer"];
export type Delivery = Schemas["DeliveryAnswer"];
export type DeliveryFailure = Schemas["Failure"];
export type GrantMode = Schemas["GrantMode"];
/** With whose connections people act in a space, as an owner chose it. */
export type GrantChoice = Schemas["GrantChoiceAnswer"];
export type Grants = Schemas["GrantsAnswer"];
export type SpacesWorkspace = Schemas["SpacesWorkspace"];
export type MembersConnections = Schemas["MembersGrantsAnswer"];
/** The connection that everybody shares, or a member's own. */
export type Whose = NotionStatus["grant"];
/** A space's connections as they are now, and with which of them the person acts. */
export interface SpaceConnections {
  grants: Grants;
  shared: NotionStatus;
  /** The person's own; null where the space has no such connections. */
  personal: NotionStatus | null;
}
export type KeptConversations = Schemas["ConversationsAnswer"];
/** With its messages, as ``UIMessage`` of the AI SDK; the gateway does not look into them. */
export type KeptConversation = Schemas["ConversationAnswer"];
/** The same without them. */
export type KeptHead = Schemas["HeadAnswer"];
export type SavedConversation = Schemas["SavedAnswer"];
export type SaveRequest = Schemas["Save"];
/** Of one's own conversation, that it is shared with the space. */
export type Share = Schemas["ShareAnswer"];
/** What a member of the space has shared. */
/** One of the person's own, with the conversation that is shared. */
export type OwnShare = Schemas["OwnShareAnswer"];
export type SharedConversation = Schemas["SharedAnswer"];
export type SharedMessage = Schemas["SharedMessage"];
export type Started = Schemas["StartAnswer"];
export type Disconnected = Schemas["DisconnectAnswer"];

/** Why the gateway refused: its closed list. */
export type Reason = Schemas["Problem"]["reason"];
/** Tells a JSON-RPC error of the gateway's own from Notion's. */
export type RpcRefusalCode = Schemas["RpcError"]["error"]["code"];
export type Finished = Schemas["FinishAnswer"] & {
  /** What was connected; null where nobody can say. */
  made: ConnectionMade | null;
};
/** A connection that somebody has just made, and for whom. Names are null where nobody can say. */
export interface ConnectionMade {
  whose: Whose;
  space: string | null;
  /** Notion may be asked for it first. */
  workspace: string | null;
  choice: GrantChoice;
}
export type ConsentError = Schemas["ConnectError"];

/** What a real call through the gateway found, and when; with the connection that serves the caller. */
export type Verification =
  | { ok: true; at: string; tools: Tool[] }
  | { ok: false; at: string; problem: Problem };

export interface Tool {
  name: string;
  title: string | null;
  /** Notion says that it changes nothing. */
  readOnly: boolean;
}
