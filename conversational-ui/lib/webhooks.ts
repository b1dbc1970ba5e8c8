import type {
  Delivery,
  DeliveryFailure,
  Space,
  Webhook,
  WebhookEvent,
  WebhookTest,
} from "@/lib/api-types";

/** Of this site's own route. */
export const pathOfWebhook = (
  { space_id }: Pick<Space, "space_id">,
  { webhook_id }: Pick<Webhook, "webhook_id">,
) => `/api/spaces/${encodeURIComponent(space_id)}/webhooks/${encodeURIComponent(webhook_id)}`;

/** A record over the gateway's list, so that an event without words does not compile. */
export const EVENT_WORDS: Record<WebhookEvent, { title: string; text: string }> = {
  "grant.expiring": {
    title: "The connection ends soon",
    text: "30, 7 and 1 days before somebody has to connect again.",
  },
  "grant.reconnect_required": {
    title: "The connection has ended",
    text: "Notion no longer accepts it.",
  },
  "grant.connected": {
    title: "Notion was connected",
    text: "The first time, or again.",
  },
  "grant.disconnected": {
    title: "Notion was disconnected",
    text: "By a person.",
  },
  "member.removed": {
    title: "Somebody left the space",
    text: "By themselves, or an owner removed them.",
  },
  "space.deleted": {
    title: "The space was deleted",
    text: "By an owner. It is the last that is told of it.",
  },
  "budget.exhausted": {
    title: "Notion refuses calls",
    text: "There were more than it grants in a minute, so that they wait for their turn.",
  },
  "tools.changed": {
    title: "Notion's tools have changed",
    text: "There is a new one, one is gone, or one says something else of itself.",
  },
};

export const EVENTS = Object.keys(EVENT_WORDS) as [WebhookEvent, ...WebhookEvent[]];

const isEvent = (event: string): event is WebhookEvent => Object.hasOwn(EVENT_WORDS, event);

/** What a message told of. */
export const eventTitle = (event: string): string =>
  isEvent(event) ? EVENT_WORDS[event].title : event;

/** What a webhook is told. */
export function eventsWords(events: readonly WebhookEvent[]): string {
  if (events.length === 0) return "Told of everything";
  return `Told when: ${events.map(eventTitle).join("; ")}`;
}

const FAILURE_WORDS: Record<DeliveryFailure, { what: string; next: string }> = {
  address_not_allowed: {
    what: "The address is not https, or leads to a private network; nothing was sent",
    next: "Add a webhook with a public address, and remove this one.",
  },
  unreachable: {
    what: "Nobody answers there, or with no certificate that can be trusted",
    next: "Check that the receiver runs, and its certificate.",
  },
  timed_out: {
    what: "There was no answer within ten seconds",
    next: "Let the receiver answer first, and do its work afterwards.",
  },
  redirected: {
    what: "The answer was a redirect, which is not followed",
    next: "Add a webhook with the address that it leads to, and remove this one.",
  },
  refused: {
    what: "The receiver refused the message",
    next: "Its log may say why. Any answer but 2xx counts as a refusal.",
  },
  mail_off: {
    what: "The gateway sends no e-mail, or none to this address",
    next: "Ask whoever runs the gateway, or remove it here.",
  },
  login_refused: {
    what: "The mail server refused the gateway's login",
    next: "Ask whoever runs the gateway: it goes on trying.",
  },
  secret_unreadable: {
    what: "The gateway cannot open this webhook's secret",
    next: "Add the webhook anew, and remove this one.",
  },
};

/** Why a message did not arrive, and what to do about it. */
export function failureWords(
  reason: DeliveryFailure | null,
  status: number | null,
): { what: string; next: string } {
  if (reason === null) return { what: "It did not arrive", next: "" };
  const { what, next } = FAILURE_WORDS[reason];
  return {
    what: reason === "refused" && status !== null ? `${what}: it answered ${status}` : what,
    next,
  };
}

export interface Outcome {
  tone: "good" | "warn" | "bad";
  label: string;
}

/** What became of a message so far. */
export function outcomeOf({
  progress,
  attempts,
}: Pick<Delivery, "progress" | "attempts">): Outcome {
  if (progress === "delivered") return { tone: "good", label: "Delivered" };
  if (progress === "given_up") return { tone: "bad", label: "Given up" };
  return attempts === 0
    ? { tone: "warn", label: "On its way" }
    : { tone: "warn", label: "Trying again" };
}

/** What became of a test, in sentences. */
export function testWords({ delivered, status, reason }: WebhookTest): string {
  if (delivered) return `The test arrived: the receiver answered ${status}.`;
  const { what, next } = failureWords(reason, status);
  return `The test did not arrive. ${what}. ${next}`.trim();
}
