import { identifier, route } from "@/lib/server/route";
import { testWebhook } from "@/lib/server/webhooks";

/** Sends a message now, and answers what became of it. */
export const POST = route<{ spaceId: string; webhookId: string }>(({ person, params }) =>
  testWebhook(
    person,
    identifier(params.spaceId, "spaceId"),
    identifier(params.webhookId, "webhookId"),
  ),
);
