/** Fixed texts; of an address, only a known code decides what the sign-in page shows. */
export const SIGN_IN_ERRORS = {
  AccessDenied: "Your sign-in service did not let you in.",
  UserClaim: "Your sign-in service did not say who you are in a way this site can use.",
  Name: "Enter a name with at least one letter or digit.",
  Configuration: "Signing in did not work. The site's log says why.",
  Revoked:
    "Your sign-in service is not trusted here any more. Ask whoever runs the gateway, and sign in again once it is.",
  Gateway: "The gateway could not be asked where you belong. Try again in a moment.",
  Membership:
    "What your sign-in service says of you could not be checked. Ask whoever runs this site: its log says why.",
} as const;

export type SignInError = keyof typeof SIGN_IN_ERRORS;

export function signInError(code: unknown): string | undefined {
  if (typeof code !== "string") return undefined;
  return Object.hasOwn(SIGN_IN_ERRORS, code)
    ? SIGN_IN_ERRORS[code as SignInError]
    : "Signing in did not work. Try again.";
}
