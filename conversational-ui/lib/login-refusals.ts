/** Why logins are refused, in words; the reasons are those of the gateway's authorization server. */

/** Whose fault it is, by how the reason begins; longer beginnings first. */
const SUBJECTS = [
  ["id_assertion_", "what the sign-in service says of the person"],
  ["assertion_", "the program's proof of who it is"],
  ["workload_token_", "the machine's token"],
  ["workload_", "the machine's token"],
  ["device_code_", "the program's code"],
  ["code_verifier_", "the program's proof that it began the login"],
  ["code_", "the program's code"],
  ["refresh_token_", "what keeps the program signed in"],
  ["user_code_", "the code that was typed"],
  ["client_assertion_", "the program's proof of who it is"],
] as const;

const FAULTS: Record<string, string> = {
  missing: "is missing",
  form: "cannot be read",
  too_long: "is too long",
  keys_unavailable: "could not be looked at: the keys for it cannot be had just now",
  extension: "asks for something that this gateway does not know",
  type: "is of another kind",
  type_unknown: "is of another kind",
  kind: "is of another kind",
  algorithm: "is signed in a way that is not taken",
  key: "is signed with a key that is not known",
  signature: "has a wrong signature",
  issuer: "comes from somebody else",
  subject: "is about somebody else",
  audience: "is for somebody else",
  client: "is for another program",
  of_another_client: "is another program's",
  resource: "is for another address",
  resource_differs: "is for another address",
  for_another_resource: "is for another address",
  id: "has no number of its own",
  id_missing: "has no number of its own",
  replayed: "was used before",
  used: "was used before",
  decided: "was used before",
  expired: "has expired",
  ended: "is taken no longer",
  issued_when: "does not say when it was made",
  not_yet_good: "is not good yet",
  lives_too_long: "would be good for too long",
  bound_to_key: "is bound to a key, which is not looked at here",
  details: "asks for rights that are not given here",
  claim: "says something that this gateway does not know",
  groups: "names no group that may come in",
  unknown: "is not known",
  wrong: "is wrong",
  sent_elsewhere: "was sent to another address",
};

const WHOLE: Record<string, string> = {
  client_unknown: "the program is not known",
  issuer_refuses_renewal: "the sign-in service wants the person to sign in anew",
  client_secret_wrong: "the program's secret is wrong",
  client_grant_ended: "the program's permission has ended",
  client_keys_unknown: "the program's keys cannot be had",
  machine_unknown: "the machine is not known",
  machine_revoked: "the machine was revoked",
  machine_expired: "the machine's time is over",
  machine_secret_wrong: "the machine's secret is wrong",
  machine_proves_itself_otherwise: "the machine has to prove who it is in another way",
  machine_of_another_space: "the machine is another space's",
  device_login_denied: "the person said no",
  device_may_not_manage: "the program wanted to manage the space",
  person_left_space: "the person has left the space",
  person_removed: "an owner removed the person; an invitation lets them in again",
  person_not_in_space: "the person does not belong to the space",
  membership_not_confirmed: "the sign-in service has to be asked anew",
  email_linked_before: "the person's e-mail address is somebody else's here",
  issuer_unknown: "the sign-in service is not known",
  issuer_revoked: "the sign-in service is trusted no longer",
  issuer_not_for_client: "the sign-in service may not speak for this program",
  workload_unknown: "no machine of the space fits the token",
  workload_actor: "the machine's token was to act for another one",
  workload_wants_another_token: "another kind of token was asked for",
  request_no_form: "the request could not be read",
  parameters_too_many: "the request said too much",
  parameter_twice: "the request said something twice",
  resource_twice: "the request named two addresses",
  grant_type_missing: "the request does not say how it logs in",
  grant_type_not_offered: "this way to log in is not offered",
  grant_type_not_registered: "the program has not said that it logs in this way",
  client_proves_itself_twice: "the program proved who it is in two ways at once",
  machine_proves_itself_twice: "the machine proved who it is in two ways at once",
  device_login_pending: "the person has not decided yet",
  device_polled_too_soon: "the program asked too soon",
  device_resource: "the program asked for another address",
  clients_too_many: "too many new programs came from one address",
  device_logins_too_many: "too many logins began at one address",
  device_logins_all_waiting: "too many logins wait for their people",
  user_code_too_many_guesses: "the person typed too many wrong codes",
  machine_tokens_too_many: "the machine asked for too many tokens",
  workload_tokens_too_many: "the machine asked for too many tokens",
  workload_refusals_too_many: "too many wrong tokens came from one address",
  asserted_tokens_too_many: "the person's program asked for too many tokens",
};

/** As it stands after "Refused: "; a reason without words is read as it is. */
export function loginRefusalWords(reason: string): string {
  if (Object.hasOwn(WHOLE, reason)) return WHOLE[reason] ?? "";
  for (const [begin, subject] of SUBJECTS) {
    const fault = reason.slice(begin.length);
    if (reason.startsWith(begin) && Object.hasOwn(FAULTS, fault)) {
      return `${subject} ${FAULTS[fault]}`;
    }
  }
  return reason.replaceAll("_", " ");
}
