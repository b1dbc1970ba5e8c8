import * as z from "zod/mini";
import type { WebhookRequest } from "@/lib/api-types";
import { EVENTS } from "@/lib/webhooks";

export const webhookForm = z
  .object({
    url: z.string().check(z.trim(), z.minLength(1, "Messages need an address to go to.")),
    onlySome: z.boolean(),
    events: z.array(z.enum(EVENTS)),
  })
  .check(
    z.refine(({ onlySome, events }) => !onlySome || events.length > 0, {
      path: ["events"],
      error: "Choose at least one, or all.",
    }),
  );

export type WebhookForm = z.infer<typeof webhookForm>;

export const EMPTY_WEBHOOK: WebhookForm = { url: "", onlySome: false, events: [] };

export const webhookRequest = ({ url, onlySome, events }: WebhookForm): WebhookRequest => ({
  url,
  events: onlySome ? events : [],
});
