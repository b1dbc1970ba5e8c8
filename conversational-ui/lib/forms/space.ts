import * as z from "zod/mini";
import { nameOf } from "@/lib/forms/limits";

export const spaceForm = z.object({ name: nameOf("space") });

const BECOMES = ["member", "owner", "leave"] as const;

/** ``becomes``: what becomes of whoever hands over. */
export const handOverForm = z.object({
  next: z.string().check(z.minLength(1, "Who owns it from now on?")),
  becomes: z.enum(BECOMES),
});

export type HandOverForm = z.infer<typeof handOverForm>;

/** Nothing is deleted by a name that is not this space's. */
export const deletionForm = (spaceName: string) =>
  z.object({
    name: z.string().check(z.refine((name) => name === spaceName, "That is another name.")),
    keepAudit: z.boolean(),
  });
