import type { ConsentError } from "@/lib/api-types";
import { isIdentifier } from "@/lib/identifiers";

/** The most characters of a state: the gateway takes no longer one. */
export const STATE_LIMIT = 512;

/** How a consent ended, as the address of the callback page tells it. */
export type ConsentEnd =
  /** Notion agreed; finishing it is up to the person who is signed in. */
  | { kind: "confirm"; state: string }
  /** The gateway says that it is finished. Anybody can write such an address: look before saying so. */
  | { kind: "success"; spaceId: string | null }
  | { kind: "error"; error: ConsentError }
  /** Nothing, or nothing that makes sense. */
  | { kind: "empty" };

interface Words {
  title: string;
  text: string;
  /** Whether starting anew may help. */
  again: boolean;
}

export const CONSENT_ERRORS = {
  access_denied: {
    title: "You did not allow access",
    text: "Nothing was connected, and nothing was changed. You can connect whenever you like.",
    again: true,
  },
  state_invalid: {
    title: "This attempt is no longer valid",
    text: "It has expired, was used already, or was started by somebody else or in another browser. Start again.",
    again: true,
  },
  code_missing: {
    title: "Notion sent you back without an answer",
    text: "Its address had no code in it. Start again.",
    again: true,
  },
  code_refused: {
    title: "Notion did not accept the answer any more",
    text: "It may have taken too long. Start again.",
    again: true,
  },
  issuer_mismatch: {
    title: "The answer did not come from Notion",
    text: "It came from another server than the one that was asked, and was not used. Start again, and tell whoever runs the gateway if it happens twice.",
    again: true,
  },
  authorization_failed: {
    title: "Notion ended the attempt",
    text: "It reported an error of its own. Start again.",
    again: true,
  },
  notion_unavailable: {
    title: "Notion could not be reached",
    text: "Nothing was connected. Try again in a few minutes.",
    again: true,
  },
  owner_required: {
    title: "You are no owner of this space any more",
    text: "Nothing was connected. Ask one of its owners to connect it.",
    again: false,
  },
  no_refresh_token: {
    title: "Notion gave no lasting access",
    text: "Without it the connection would end within the hour, so it was not made. Whoever runs the gateway should look at its client registration.",
    again: true,
  },
  store_unavailable: {
    title: "The gateway's database is not available",
    text: "Nothing was connected. Try again in a moment.",
    again: true,
  },
  internal: {
    title: "Something went wrong in the gateway",
    text: "Nothing was connected. Start again; if it happens twice, tell whoever runs the gateway.",
    again: true,
  },
} satisfies Record<ConsentError, Words>;

/** Words for codes of the gateway's closed list; anything else, whatever it says, is ``internal``. */
export function consentError(value: unknown): ConsentError {
  return typeof value === "string" && Object.hasOwn(CONSENT_ERRORS, value)
    ? (value as ConsentError)
    : "internal";
}

type Query = Record<string, string | string[] | undefined>;

/** A parameter that comes twice counts as missing (RFC 6749 section 3.1). */
const single = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export function consentEnd(query: Query): ConsentEnd {
  const state = single(query.state);
  switch (single(query.status)) {
    case "confirm":
      return state && state.length <= STATE_LIMIT
        ? { kind: "confirm", state }
        : { kind: "error", error: "state_invalid" };
    case "success": {
      const spaceId = single(query.spaceId);
      return { kind: "success", spaceId: isIdentifier(spaceId) ? spaceId : null };
    }
    case "error":
      return { kind: "error", error: consentError(single(query.error)) };
    default:
      break;
  }
  // Notion's own answer, sent here by a redirect URI that should lead to the gateway.
  if (single(query.error) === "access_denied") return { kind: "error", error: "access_denied" };
  if (query.error !== undefined) return { kind: "error", error: "authorization_failed" };
  if (query.code !== undefined) return { kind: "error", error: "state_invalid" };
  if (query.state !== undefined) return { kind: "error", error: "code_missing" };
  return { kind: "empty" };
}
