/** What a field says of itself to assistive technology: what is wrong with it, else what helps. */
export const described = (id: string, error: string | undefined, hasHint = false) => ({
  id,
  "aria-invalid": error !== undefined,
  "aria-describedby": error !== undefined ? `${id}-error` : hasHint ? `${id}-hint` : undefined,
});
