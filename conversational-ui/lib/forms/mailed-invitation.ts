import * as z from "zod/mini";

/** The gateway looks closer. */
export const mailedInvitationForm = z.object({
  address: z
    .string()
    .check(
      z.trim(),
      z.minLength(1, "Whom do you invite?"),
      z.maxLength(254),
      z.regex(/^[^\s@]+@[^\s@]+$/, "This is no e-mail address."),
    ),
});
