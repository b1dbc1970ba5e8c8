import * as z from "zod/mini";
import type { GrantChoice } from "@/lib/api-types";
import { MODES } from "@/lib/grants";

/** Whose connections are used in a space, as the gateway is told it. */
export const grantsForm = z.object({
  mode: z.enum(MODES),
  service_tokens_use_shared: z.boolean(),
});

export type GrantsForm = z.infer<typeof grantsForm>;

/** What holds now, without who has chosen it. */
export const chosenNow = ({ mode, service_tokens_use_shared }: GrantChoice): GrantsForm => ({
  mode,
  service_tokens_use_shared,
});
