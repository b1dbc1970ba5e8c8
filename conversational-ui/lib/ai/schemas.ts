import "server-only";

import { z } from "zod";
import { RULES } from "@/lib/chat/tool-policy";
import { isIdentifier } from "@/lib/identifiers";

const toolName = z.string().min(1).max(200);

export const policySchema = z.object({
  rules: z.record(toolName, z.enum(RULES)).default({}),
  readOnly: z.boolean().default(false),
});

export const chatSchema = z.object({
  conversationId: z.string().refine(isIdentifier),
  /** Whether the gateway may keep the conversation. */
  isKept: z.boolean().default(false),
  spaceName: z.string().max(200).default(""),
  /** One of the configured models; any other name is the first of them. */
  model: z.string().max(200).nullable().default(null),
  /** Calls of the last message that had failed, and that the person runs again unasked. */
  again: z.array(z.string().max(200)).max(100).default([]),
  policy: policySchema,
  /** What the gateway keeps of the conversation, and is read from there, before the messages. */
  kept: z
    .object({ through: z.string().min(1).max(200), count: z.number().int().min(1).max(100_000) })
    .nullable()
    .default(null),
  /** Older turns that the browser had no room for. */
  leftOut: z.number().int().min(0).max(100_000).default(0),
  messages: z.array(z.unknown()).min(1).max(20_000),
});

/** Which of the configured models may be shown the conversation; null: the first. */
export const titleSchema = z.object({ model: z.string().max(200).nullable() });

export const callSchema = z.object({
  policy: policySchema,
  name: toolName,
  arguments: z.record(z.string(), z.unknown()),
  approved: z.boolean(),
  /** Whether the raw messages of the call are wanted, too. */
  messages: z.boolean().default(false),
});

export const promptSchema = z.object({
  name: z.string().min(1).max(200),
  arguments: z.record(z.string(), z.string()).default({}),
});
