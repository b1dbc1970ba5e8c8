import * as z from "zod/mini";
import type { TokenRequest } from "@/lib/api-types";
import { LIMITS, limitsOf, NO_LIMITS, nameOf, someTool } from "@/lib/forms/limits";

export const tokenForm = z
  .object({
    name: nameOf("token"),
    days: z.number(),
    isService: z.boolean(),
    canManage: z.boolean(),
    ...LIMITS,
  })
  .check(someTool);

export type TokenForm = z.infer<typeof tokenForm>;

export const EMPTY_TOKEN: TokenForm = {
  name: "",
  days: 90,
  isService: false,
  canManage: false,
  ...NO_LIMITS,
};

export const tokenRequest = (form: TokenForm): TokenRequest => ({
  name: form.name,
  expires_in_days: form.days,
  ...limitsOf(form),
  can_manage: form.canManage && !form.isService,
  is_service: form.isService,
});
