import * as z from "zod/mini";
import { CHOICES } from "@/lib/space-policy";

/** What may be called in a space, where it is one of the presets. */
export const policyForm = z.object({ choice: z.enum(CHOICES, "Choose one of these.") });

export type PolicyForm = z.infer<typeof policyForm>;
