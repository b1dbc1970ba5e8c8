import { identifier, route } from "@/lib/server/route";
import { resendDelivery } from "@/lib/server/webhooks";

/** Sends a message once more, with the same id. */
export const POST = route<{ spaceId: string; webhookId: string; deliveryId: string }>(
  ({ person, params }) =>
    resendDelivery(
      person,
      identifier(params.spaceId, "spaceId"),
      identifier(params.webhookId, "webhookId"),
      identifier(params.deliveryId, "deliveryId"),
    ),
);
