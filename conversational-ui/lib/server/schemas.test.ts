import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  finishSchema,
  invitationMailSchema,
  memberSchema,
  spaceSchema,
  tokenSchema,
  webhookSchema,
} from "@/lib/server/schemas";
import openapi from "@/openapi.json";

const gateway = openapi.components.schemas;

/** A JSON Schema without what limits nothing. */
function limits(schema: object): unknown {
  return JSON.parse(
    JSON.stringify(schema, (name, value) => {
      if (["$schema", "title", "description"].includes(name)) return undefined;
      if (name === "default" && value === null) return undefined;
      if (name === "default" && Array.isArray(value) && value.length === 0) return undefined;
      const named = String(value?.$ref ?? "").replace("#/components/schemas/", "");
      return named ? gateway[named as keyof typeof gateway] : value;
    }),
  );
}

describe("what browsers may send", () => {
  it.each([
    ["a consent to finish", finishSchema, gateway.FinishBody],
    ["a space's name", spaceSchema, gateway.SpaceName],
    ["a member's role", memberSchema, gateway.MemberRole],
    ["a new token", tokenSchema, gateway.NewToken],
    ["whom to invite by e-mail", invitationMailSchema, gateway.InvitationMailBody],
    ["a new webhook", webhookSchema, gateway.NewWebhook],
  ])("has the limits of the gateway's own schema: %s", (_, schema, expected) => {
    expect(limits(z.toJSONSchema(schema, { io: "input" }))).toEqual(limits(expected));
  });
});
