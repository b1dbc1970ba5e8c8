import type { NotionStatus } from "@/lib/api-types";

type Expiry = NonNullable<NotionStatus["expiry"]>;

/** How near the end of a connection is, and what to do about it. */
export interface ExpiryView {
  tone: "calm" | "soon" | "urgent";
  /** null where nobody has to do anything. */
  warning: { title: string; text: string } | null;
  absolute: string;
  idle: string;
  renewal: string | null;
}

/** Of the warnings that webhooks get, too: this many days before a person is needed. */
const SOON = 30;
const URGENT = 7;

/** Whole days that are left, in words. */
export function daysWords(days: number): string {
  if (days <= 0) return "over";
  if (days < 1) return "in less than a day";
  const whole = Math.floor(days);
  return whole === 1 ? "in 1 day" : `in ${whole} days`;
}

export function expiryView(
  expiry: Expiry,
  lastRefresh: NotionStatus["last_refresh"],
  mayReconnect: boolean,
): ExpiryView {
  const left = expiry.days_to_person_needed;
  return {
    tone: left > SOON ? "calm" : left > URGENT ? "soon" : "urgent",
    warning: left > SOON ? null : warning(expiry, mayReconnect),
    absolute: daysWords(expiry.days_to_absolute_limit),
    idle: daysWords(expiry.days_to_idle_limit),
    renewal:
      lastRefresh === "refused"
        ? "refused by Notion"
        : lastRefresh === "unknown"
          ? "under way, no answer yet"
          : null,
  };
}

function warning(expiry: Expiry, mayReconnect: boolean): { title: string; text: string } {
  const left = expiry.days_to_person_needed;
  const when = left <= 0 ? "has run out" : `ends ${daysWords(left)}`;
  const reconnect = mayReconnect ? "Reconnect" : "Ask an owner of this space to reconnect";
  if (expiry.person_needed_at === expiry.idle_limit_at) {
    return {
      title: `This connection ${when}, unless it is renewed`,
      text: `The gateway should have renewed it by itself, and has not for more than 20 days. ${reconnect}, and tell whoever runs the gateway: notion-gateway doctor finds out why.`,
    };
  }
  return {
    title: `This connection ${when}`,
    text: `Notion asks for a new consent every 180 days. ${reconnect} before that, and everything goes on without a break.`,
  };
}
