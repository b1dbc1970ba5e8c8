import { browserProblem, isProblem } from "@/lib/browser-problems";
import type { Problem } from "@/lib/problems";

/** What can go wrong in a chat besides what the gateway reports. */
const WORDS = {
  model_unreachable: {
    title: "The model cannot be reached",
    hint: "Notion is not the reason. Try again in a moment.",
    retry: true,
  },
  model_busy: {
    title: "The model has too many requests at the moment",
    hint: "Wait a little, then try again.",
    retry: true,
  },
  model_key_refused: {
    title: "The model does not accept this site's key",
    hint: "Whoever runs this site should check the model's key and name.",
    retry: false,
  },
  model_refused: {
    title: "The model could not answer this",
    hint: "The conversation may be too long for it. A new conversation may help.",
    retry: true,
  },
  no_model: {
    title: "No model is set up",
    hint: "Tools can still be run by hand, under Tools.",
    retry: false,
  },
  notion_refused: {
    title: "Notion refused the request",
    hint: "The details say why.",
    retry: true,
  },
  notion_unsuitable: {
    title: "Notion's answer makes no sense",
    hint: "Try again in a moment.",
    retry: true,
  },
  tool_blocked: {
    title: "This tool is blocked",
    hint: "You can allow it under Tool permissions.",
    retry: false,
  },
  tool_missing: {
    title: "Notion does not offer this tool here",
    hint: "Its list of tools may have changed. Reload the page.",
    retry: false,
  },
  not_kept: {
    title: "This browser gives the site no room",
    hint: "Private windows and full disks are the usual reasons.",
    retry: true,
  },
  answer_too_large: {
    title: "This answer got too large",
    hint: "Ask for less at once, in a new conversation.",
    retry: false,
  },
  not_all_sent: {
    title: "Not all of them could be sent",
    hint: "The gateway cannot be reached, or does not answer.",
    retry: true,
  },
  message_too_large: {
    title: "Kept in this browser only",
    hint: "One of its answers is too large for the gateway, so your other devices do not have it. The next conversation is kept everywhere again.",
    retry: false,
  },
  too_many_answers: {
    title: "Too many answers are being written",
    hint: "Wait until one has ended, or stop it.",
    retry: true,
  },
  messages_missing: {
    title: "Some of this conversation is not kept any more",
    hint: "Reload the page to see what is.",
    retry: true,
  },
  cancelled: { title: "Cancelled", hint: "It was stopped before it ended.", retry: false },
  outcome_unknown: {
    title: "Whether this was done is not known",
    hint: "It may have been done: look at the page first.",
    retry: false,
  },
  interrupted: {
    title: "The answer broke off",
    hint: "The connection was lost. Try again to go on from here.",
    retry: true,
  },
} as const;

export type ChatReason = keyof typeof WORDS;

export function chatProblem(
  reason: ChatReason,
  status: number,
  { detail = null, request_id = null }: { detail?: string | null; request_id?: string | null } = {},
): Problem {
  return { reason, status, ...WORDS[reason], detail: detail?.slice(0, 500) ?? null, request_id };
}

/** Only a person at Notion's consent page can mend these. */
const CONSENT = [
  "not_connected",
  "connect_your_own",
  "reconnect_required",
  "upstream_unauthorized",
];

export const needsConsent = ({ reason }: Problem): boolean => CONSENT.includes(reason);

/** Of a change that ended so, nobody knows whether it was made. */
const UNKNOWN = ["outcome_unknown", "upstream_timeout", "gateway_timeout", "gateway_stopping"];

export const isOutcomeUnknown = ({ reason }: Problem): boolean => UNKNOWN.includes(reason);

/** What an error's text says, if it is one of this site's problems: they travel as JSON. */
export function problemIn(text: string | undefined): Problem | null {
  if (!text?.startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isProblem(value) ? value : null;
  } catch {
    return null;
  }
}

/** Why a request of the chat failed, in the browser. */
export function failureOf(fault: Error): Problem {
  const told = problemIn(fault.message);
  if (told) return told;
  // fetch itself failed: TypeError before the answer began; anything else broke off in it.
  return fault instanceof TypeError && /fetch|load|network/i.test(fault.message)
    ? browserProblem("offline", 0)
    : chatProblem("interrupted", 0, { detail: fault.message });
}
