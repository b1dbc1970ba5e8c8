import type { InvitationMail } from "@/lib/api-types";

/** Where people may be invited by e-mail, in a few words. */
export function domainsWords(domains: readonly string[]): string {
  if (domains.includes("*")) return "The gateway sends them a link that is for them alone.";
  return `The gateway sends them a link that is for them alone: at ${domains.join(", ")}.`;
}

const REASONS: Record<NonNullable<InvitationMail["reason"]>, string> = {
  address_not_allowed: "The gateway sends no e-mail to this address.",
  unreachable: "The mail server cannot be reached.",
  timed_out: "The mail server did not answer in time.",
  redirected: "The mail server did not take it.",
  refused: "The mail server did not take it: look whether the address is right.",
  mail_off: "The gateway sends no e-mail.",
  login_refused: "The mail server refuses the gateway's login: tell whoever runs the gateway.",
  secret_unreadable: "The mail could not be made.",
};

/** Why nothing was sent, and what does without e-mail. */
export const notMailedWords = ({ reason }: Pick<InvitationMail, "reason">): string =>
  `${reason === null ? "It was not sent." : REASONS[reason]} No link was made. Try again, or make a link and send it yourself.`;
