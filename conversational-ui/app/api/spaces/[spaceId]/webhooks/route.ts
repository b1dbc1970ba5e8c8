import { bodyOf, identifier, route } from "@/lib/server/route";
import { webhookSchema } from "@/lib/server/schemas";
import { addWebhook } from "@/lib/server/webhooks";

/** The answer holds the secret, this once. */
export const POST = route<{ spaceId: string }>(
  async ({ request, person, params }) =>
    addWebhook(person, identifier(params.spaceId, "spaceId"), await bodyOf(request, webhookSchema)),
  { status: 201 },
);
