import { identifier, route } from "@/lib/server/route";
import { listDeliveries } from "@/lib/server/webhooks";

const SHOWN = 50;

/** What was told, is to be told, and could not be: the newest first. */
export const GET = route<{ spaceId: string; webhookId: string }>(({ person, params }) =>
  listDeliveries(
    person,
    identifier(params.spaceId, "spaceId"),
    identifier(params.webhookId, "webhookId"),
    SHOWN,
  ),
);
