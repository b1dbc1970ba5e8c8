import "server-only";

import type { Delivery, NewWebhook, Webhook, WebhookRequest, WebhookTest } from "@/lib/api-types";
import { callGateway, GatewayError } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const e = encodeURIComponent;
/** A receiver has ten seconds to answer a test. */
const TEST_TIMEOUT = 20_000;

const path = (spaceId: string) => `/spaces/${e(spaceId)}/webhooks`;

/** A webhook, and what became of its newest message; undefined where that cannot be read. */
export type ShownWebhook = Webhook & { newest: Delivery | null | undefined };

export async function listWebhooks(person: Person, spaceId: string): Promise<ShownWebhook[]> {
  const { webhooks } = (await callGateway(acting(person, spaceId), path(spaceId))) as {
    webhooks: Webhook[];
  };
  return Promise.all(
    webhooks.map(async (one) => ({
      ...one,
      newest: await newest(person, spaceId, one.webhook_id),
    })),
  );
}

async function newest(person: Person, spaceId: string, webhookId: string) {
  try {
    return (await listDeliveries(person, spaceId, webhookId, 1))[0] ?? null;
  } catch (fault) {
    if (fault instanceof GatewayError) return undefined;
    throw fault;
  }
}

/** The newest first. */
export const listDeliveries = async (
  person: Person,
  spaceId: string,
  webhookId: string,
  limit: number,
) =>
  (
    (await callGateway(acting(person, spaceId), `${path(spaceId)}/${e(webhookId)}/deliveries`, {
      query: { limit: String(limit) },
    })) as { deliveries: Delivery[] }
  ).deliveries;

/** The answer holds the secret, this once. */
export const addWebhook = (person: Person, spaceId: string, request: WebhookRequest) =>
  callGateway(acting(person, spaceId), path(spaceId), {
    method: "POST",
    body: request,
  }) as Promise<NewWebhook>;

export const removeWebhook = (person: Person, spaceId: string, webhookId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/${e(webhookId)}`, { method: "DELETE" });

/** Sends a message now, and says what became of it. */
export const testWebhook = (person: Person, spaceId: string, webhookId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/${e(webhookId)}/test`, {
    method: "POST",
    timeoutMilliseconds: TEST_TIMEOUT,
  }) as Promise<WebhookTest>;

export const resendDelivery = (
  person: Person,
  spaceId: string,
  webhookId: string,
  deliveryId: string,
) =>
  callGateway(
    acting(person, spaceId),
    `${path(spaceId)}/${e(webhookId)}/deliveries/${e(deliveryId)}/resend`,
    { method: "POST" },
  ) as Promise<Delivery>;
