import { identifier, route } from "@/lib/server/route";
import { removeWebhook } from "@/lib/server/webhooks";

export const DELETE = route<{ spaceId: string; webhookId: string }>(({ person, params }) =>
  removeWebhook(
    person,
    identifier(params.spaceId, "spaceId"),
    identifier(params.webhookId, "webhookId"),
  ),
);
