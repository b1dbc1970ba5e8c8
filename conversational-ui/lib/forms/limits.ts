import * as z from "zod/mini";

/** What a program may do, as the forms of a token and of a machine ask it. */
export const LIMITS = {
  readOnly: z.boolean(),
  onlySome: z.boolean(),
  tools: z.array(z.object({ name: z.string(), readOnly: z.boolean() })),
};

export const NO_LIMITS: Limits = { readOnly: false, onlySome: false, tools: [] };

export type Limits = z.infer<z.ZodMiniObject<typeof LIMITS>>;

/** Those that were chosen and can be called: with "read only" no others are offered. */
const usable = ({ readOnly, tools }: Limits) => tools.filter((tool) => !readOnly || tool.readOnly);

export const someTool = z.refine<Limits>(
  (limits) => !limits.onlySome || usable(limits).length > 0,
  { path: ["tools"], error: "Choose at least one tool, or allow all." },
);

/** As the gateway is asked for it. */
export const limitsOf = (limits: Limits) => ({
  read_only: limits.readOnly,
  tools: limits.onlySome ? usable(limits).map(({ name }) => name) : null,
});

/** For how many days a program's credentials count. */
export const DAYS = [7, 30, 90, 180, 365];
export const daysInWords = (days: number) => (days === 365 ? "1 year" : `${days} days`);

export const nameOf = (what: string) =>
  z
    .string()
    .check(z.trim(), z.minLength(1, `A name tells this ${what} from others.`), z.maxLength(100));
