import * as z from "zod/mini";
import type { Invited, Member } from "@/lib/api-types";
import { isUserId } from "@/lib/identifiers";

const ROLES = ["member", "owner"] as const;

/** Nobody is asked who belongs to the space, or is asked already and answers with the same role. */
export const invitationForm = (members: readonly Member[], invited: readonly Invited[]) =>
  z
    .object({
      userId: z
        .string()
        .check(
          z.trim(),
          z.refine(
            isUserId,
            "That is no account name: copy it as it stands in your colleague's menu.",
          ),
        ),
      role: z.enum(ROLES),
    })
    .check(
      z.refine(({ userId }) => !members.some((one) => one.user_id === userId), {
        path: ["userId"],
        error: "This person is here already.",
      }),
      z.refine(
        ({ userId, role }) => !invited.some((one) => one.user_id === userId && one.role === role),
        { path: ["userId"], error: "This person is invited already." },
      ),
    );

export type InvitationForm = z.infer<ReturnType<typeof invitationForm>>;
