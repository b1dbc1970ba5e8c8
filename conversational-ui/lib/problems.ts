import type { Reason } from "@/lib/api-types";
import { ASK, BROWSER_WORDS } from "@/lib/browser-problems";
import { PERSON_WORDS } from "@/lib/person-problems";

/** What went wrong, in words for a person: RFC 9457, as this site's own routes answer it. */
export interface Problem {
  /** The gateway's closed vocabulary, and a few of this site's own. */
  reason: string;
  status: number;
  title: string;
  /** What the person can do about it. */
  hint: string;
  /** For those who want to know more. */
  detail: string | null;
  /** Stands in the gateway's log, too. */
  request_id: string | null;
  /** Whether the same request may succeed if it is simply sent again. */
  retry: boolean;
}

export interface Words {
  title: string;
  hint: string;
  retry?: boolean;
}

const AGAIN = "Try again in a moment.";

/** A record over the gateway's list, so that a reason without words does not compile. */
export const WORDS = {
  // --- who is calling
  unauthenticated: {
    title: "The gateway does not accept this site's signature",
    hint: "Whoever runs this site should compare its application key with the gateway's GATEWAY_APPLICATIONS.",
  },
  sign_in_revoked: {
    title: "Your sign-in service is not trusted here any more",
    hint: "Ask whoever runs the gateway. Once it is trusted again, sign in to go on.",
  },
  principal_replayed: {
    title: "This request was already sent once",
    hint: AGAIN,
    retry: true,
  },
  principal_mismatch: {
    title: "This request belongs to another person or space",
    hint: "Reload the page, and choose the space again.",
  },
  space_required: { title: "No space was chosen", hint: "Choose a space first." },
  space_not_accessible: {
    title: "You are not a member of this space",
    hint: "Choose another space, accept your invitation, or ask an owner for one.",
  },
  space_deleted: {
    title: "This space was deleted",
    hint: "One of its owners deleted it, with its connection to Notion, its tokens and its chats. Choose another space, or make a new one.",
  },
  owner_required: {
    title: "Only an owner of this space may do that",
    hint: "Ask one of its owners. They are listed under Members.",
  },
  origin_not_allowed: {
    title: "The gateway does not expect calls from this address",
    hint: "Whoever runs the gateway should check NOTION_MCP_RETURN_BASE_URL.",
  },
  host_not_allowed: {
    title: "The gateway does not answer under this name",
    hint: "Whoever runs this site should check CUDU_ENDPOINT.",
  },
  // --- what was asked
  invalid_request: {
    title: "The request could not be read",
    hint: "Check what you entered.",
  },
  invalid_return_path: {
    title: "The way back does not lead to this site",
    hint: "Start again from the integrations page.",
  },
  request_too_large: { title: "That is too much at once", hint: "Send less, or in parts." },
  request_timeout: { title: "The request took too long to arrive", hint: AGAIN, retry: true },
  too_many_requests: {
    title: "Too many requests",
    hint: "Wait a little, then try again.",
    retry: true,
  },
  budget_exhausted: {
    title: "Notion takes no more calls of this space just now",
    hint: "Wait a little, then try again. Others of the space call Notion too.",
    retry: true,
  },
  not_found: { title: "There is nothing here any more", hint: "Reload the page." },
  method_not_allowed: {
    title: "The gateway does not know this request",
    hint: "Gateway and user interface may be of different versions.",
  },
  last_owner: {
    title: "A space needs an owner",
    hint: "Make somebody else an owner first.",
  },
  token_not_allowed: {
    title: "A gateway token may not do that",
    hint: "Sign in, and do it yourself.",
  },
  tool_not_allowed: {
    title: "This tool is not allowed here",
    hint: "Ask an owner of the space, or whoever made the token.",
  },
  blocked_by_policy: {
    title: "The policy of this space does not allow that",
    hint: "Ask an owner of the space.",
  },
  approval_required: {
    title: "The policy of this space wants a person to approve that",
    hint: "Approve it in the chat, or ask an owner of the space.",
  },
  approval_decided: {
    title: "This was decided before",
    hint: "Another tab or device of yours has answered it. This answer did nothing.",
  },
  call_unclear: {
    title: "The policy of this space could not tell what was called",
    hint: "Call one tool at a time, by its exact name.",
  },
  policy_unreadable: {
    title: "The policy of this space cannot be read",
    hint: "An owner of the space can set it anew.",
  },
  policy_invalid: {
    title: "That is no policy",
    hint: "The one before stays. The details say which line is wrong.",
  },
  policy_changed: {
    title: "Somebody else has changed the policy meanwhile",
    hint: "Look at theirs, then set yours.",
  },
  session_unknown: {
    title: "This session with Notion has ended",
    hint: AGAIN,
    retry: true,
  },
  identity_unavailable: {
    title: "The sign-in service cannot be reached",
    hint: AGAIN,
    retry: true,
  },
  // --- the connection
  connect_your_own: {
    title: "Your own Notion is not connected",
    hint: "Everybody in this space acts with their own: connect yours on the integrations page.",
  },
  own_not_used: {
    title: "Your own connection would not be used here",
    hint: "Everybody in this space acts with its one connection. An owner can choose otherwise.",
  },
  service_token_not_served: {
    title: "Service tokens reach nothing in this space",
    hint: "Use a token of a person, or have an owner let service tokens use the shared connection.",
  },
  not_connected: { title: "Notion is not connected", hint: "Connect it on the integrations page." },
  reconnect_required: {
    title: "Notion ended this connection",
    hint: "Reconnect to go on. Nothing else of the space is lost.",
  },
  refresh_unavailable: {
    title: "Notion could not renew the connection just now",
    hint: `The connection is kept. ${AGAIN}`,
    retry: true,
  },
  // --- Notion
  upstream_unreachable: { title: "Notion cannot be reached", hint: AGAIN, retry: true },
  upstream_timeout: { title: "Notion did not answer in time", hint: AGAIN, retry: true },
  upstream_unauthorized: {
    title: "Notion refuses a token it has just issued",
    hint: `${AGAIN} If it stays like this, reconnect.`,
    retry: true,
  },
  upstream_unsuitable: {
    title: "Notion's sign-in cannot be used",
    hint: "Whoever runs the gateway can find out why with notion-gateway doctor.",
  },
  // --- the gateway
  gateway_stopping: {
    title: "The gateway was stopped before there was an answer",
    hint: "Look at the status before you try again: the request may have got through.",
    retry: true,
  },
  store_unavailable: {
    title: "The gateway's database is not available",
    hint: `Nothing was changed. ${AGAIN}`,
    retry: true,
  },
  audit_unavailable: {
    title: "Calls cannot be recorded just now",
    hint: `They have to be here, so nothing was sent to Notion. ${AGAIN}`,
    retry: true,
  },
  address_not_allowed: {
    title: "Nothing is sent to that address",
    hint: "Name a public one that begins with https, or an e-mail address that your gateway allows.",
  },
  webhook_unknown: {
    title: "There is no such webhook",
    hint: "It may have been removed meanwhile: reload the page.",
  },
  conversation_unknown: {
    title: "There is no such conversation",
    hint: "It was deleted meanwhile, or belongs to another space.",
  },
  share_unknown: {
    title: "This conversation is not shared any more",
    hint: "Whoever shared it has ended that, deleted it or left the space. Ask them for it.",
  },
  history_unreadable: { title: "This space's history is damaged", hint: ASK },
  secret_unreadable: { title: "A stored secret cannot be opened", hint: ASK },
  // --- this site's own
  gateway_unreachable: {
    title: "The gateway cannot be reached",
    hint: "It may be starting, or down. Nothing was changed. Try again in a moment.",
    retry: true,
  },
  gateway_timeout: {
    title: "The gateway did not answer in time",
    hint: "It may still be waiting for Notion. Look whether the request got through before you try again.",
    retry: true,
  },
  awaited: {
    title: "The gateway has not answered yet",
    hint: "This page is shown once it does.",
    retry: true,
  },
  misconfigured: {
    title: "This site is not set up completely",
    hint: "Its log says which variable is missing.",
  },
  cross_site: {
    title: "This request came from another site",
    hint: "Reload the page, and try again from here.",
  },
  ...PERSON_WORDS,
  ...BROWSER_WORDS,
} satisfies Record<Reason, Words> & Record<string, Words>;

export type KnownReason = keyof typeof WORDS;

const isKnown = (reason: unknown): reason is KnownReason =>
  typeof reason === "string" && Object.hasOwn(WORDS, reason);

export function problem(
  reason: unknown,
  status: number,
  { detail = null, request_id = null }: { detail?: string | null; request_id?: string | null } = {},
): Problem {
  const known: KnownReason = isKnown(reason) ? reason : "internal";
  const words: Words = WORDS[known];
  return {
    reason: known,
    status,
    title: words.title,
    hint: words.hint,
    detail,
    request_id,
    retry: words.retry ?? false,
  };
}

const SIGNATURE_REFUSED: ReadonlySet<string> = new Set<KnownReason>([
  "unauthenticated",
  "principal_replayed",
]);

/**
 * Whether the gateway refused this site's signature. Its other 401s, ``not_connected`` and
 * ``reconnect_required``, are about the space's connection to Notion.
 */
export const isSignatureRefused = ({ status, reason }: Problem): boolean =>
  status === 401 && SIGNATURE_REFUSED.has(reason);

/** The same problem with status 502 where the signature was refused: in the browser, 401 means signed out. */
export const forBrowser = (refusal: Problem): Problem =>
  isSignatureRefused(refusal) ? { ...refusal, status: 502 } : refusal;
