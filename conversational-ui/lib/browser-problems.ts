import type { Problem, Words } from "@/lib/problems";

const AGAIN = "Try again in a moment.";
export const ASK = "If it stays like this, give the request id to whoever runs the gateway.";

/**
 * What goes wrong where no answer of the gateway's says so. Apart from the other words, which only
 * servers need: a browser gets a problem with its words, and loads none for nothing.
 */
export const BROWSER_WORDS = {
  internal: { title: "Something went wrong in the gateway", hint: `${AGAIN} ${ASK}`, retry: true },
  gateway_unsuitable: {
    title: "The gateway's answer makes no sense",
    hint: "Whoever runs this site should check CUDU_ENDPOINT, and that the versions fit.",
  },
  offline: {
    title: "This site cannot be reached",
    hint: "Check your connection, and try again.",
    retry: true,
  },
} satisfies Record<string, Words>;

export function browserProblem(reason: keyof typeof BROWSER_WORDS, status: number): Problem {
  const { title, hint, retry = false }: Words = BROWSER_WORDS[reason];
  return { reason, status, title, hint, detail: null, request_id: null, retry };
}

/** Where there is room for a line only. */
export const asLine = ({ title, hint }: Pick<Problem, "title" | "hint">): string =>
  `${title}. ${hint}`;

/** To be sent again only after signing in. */
export const needsSignIn = ({ reason }: Pick<Problem, "reason">): boolean =>
  reason === "signed_out" || reason === "sign_in_revoked";

/** Whether an answer of this site's own routes is a problem. */
export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    "reason" in value &&
    "title" in value &&
    "hint" in value
  );
}
