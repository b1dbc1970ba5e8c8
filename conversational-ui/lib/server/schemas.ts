import "server-only";

import { z } from "zod";
import { STATE_LIMIT } from "@/lib/consent-end";
import { MODES } from "@/lib/grants";
import { isIdentifier, isUserId } from "@/lib/identifiers";
import { CHOICES } from "@/lib/space-policy";
import { EVENTS } from "@/lib/webhooks";

/** What browsers may send to this site's routes. Unknown members are left out. */
export const consentSchema = z.object({
  returnPath: z.string().optional(),
  whose: z.enum(["shared", "personal"]).default("shared"),
});
export const finishSchema = z.object({ state: z.string().min(1).max(STATE_LIMIT) });

export const grantChoiceSchema = z.object({
  mode: z.enum(MODES),
  service_tokens_use_shared: z.boolean(),
});

const seen = z.number().int().min(0);
/** A preset, or a whole document as its owner wrote it. */
export const policySchema = z.union([
  z.object({ choice: z.enum(CHOICES), seen }),
  z.object({ text: z.string(), seen }),
]);
export const seenSchema = z.object({ version: z.number().int().min(1) });
export const webhookSchema = z.object({
  url: z.string().max(2048),
  events: z.array(z.enum(EVENTS)).default([]),
});
/** What is recorded of calls, and for how many days; null: as the gateway's operator has set. */
export const recordingSchema = z.object({
  days: z.number().int().min(1).max(36_500).nullable(),
  arguments: z.boolean(),
  results: z.boolean(),
});
const anything = z.record(z.string(), z.unknown());
const messageId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@|+~-]{0,199}$/);
/** What has changed of a conversation; the gateway says how much it keeps. */
export const saveSchema = z.object({
  title: z.string().trim().min(1).max(200),
  messages: z.record(messageId, anything).default({}),
  gone: z.array(messageId).default([]),
  problem: anything.nullable().default(null),
  waiting: z.number().int().min(0).max(1000).default(0),
  only_if_kept: z.boolean().default(false),
});
export const alterSchema = z.object({
  title: z.string().trim().min(1).max(200).optional(),
  is_pinned: z.boolean().optional(),
});
export const shareSchema = z.object({ message_ids: z.array(messageId).min(1).max(1000) });
export const spaceSchema = z.object({ name: z.string().trim().min(1).max(100) });
export const deletionSchema = z.object({
  name: z.string().min(1).max(100),
  keep_audit: z.boolean(),
});
export const newOwnerSchema = z.object({
  user_id: z.string().refine(isUserId),
  stay_owner: z.boolean(),
});
export const memberSchema = z.object({
  role: z.enum(["owner", "member"]),
  keep: z.boolean().default(false),
});
const tools = z
  .array(z.string().regex(/^[A-Za-z0-9_./-]{1,128}$/))
  .min(1)
  .max(100)
  .nullable()
  .default(null);
/** Of every program that acts in nobody's name. */
const program = {
  name: z.string().trim().min(1).max(100),
  expires_in_days: z.number().int().min(1).max(365).default(90),
  read_only: z.boolean().default(false),
  tools,
};
const keySet = z.record(z.string(), z.unknown()).nullable().default(null);
const address = z.string().trim().min(1).max(2000);
export const machineSchema = z.object({ ...program, jwks: keySet });
export const workloadSchema = z.object({
  ...program,
  issuer: address,
  subject: z.string().trim().min(1).max(500),
  audience: address.nullable().default(null),
  jwks: keySet,
});
export const invitationLinkSchema = z.object({
  space_id: z.string().refine((value) => isIdentifier(value)),
  secret: z.string().min(1).max(200),
});
export const invitationMailSchema = z.object({ address: z.string().min(1).max(254) });
export const tokenSchema = z.object({
  name: z.string().trim().min(1).max(100),
  expires_in_days: z.number().int().min(1).max(365).default(90),
  read_only: z.boolean().default(false),
  tools,
  can_manage: z.boolean().default(false),
  is_service: z.boolean().default(false),
});
