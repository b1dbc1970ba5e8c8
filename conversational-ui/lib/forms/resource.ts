import * as z from "zod/mini";

/** Which document is read, of those that the template of an address stands for. */
export const resourceForm = z.object({
  address: z.string().check(
    z.trim(),
    z.minLength(1, "Which address is read?"),
    z.refine((address) => !/\{[^{}]*\}/.test(address), "A part of it is in braces still."),
  ),
});

export type ResourceForm = z.infer<typeof resourceForm>;
