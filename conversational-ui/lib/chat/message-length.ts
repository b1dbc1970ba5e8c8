/** Characters of one message. */
export const LIMIT = 20_000;

/** How many characters of what is pasted do not fit, where ``replaced`` are written over. */
export const leftOut = (text: string, replaced: number, pasted: string): number =>
  Math.max(0, pasted.length - (LIMIT - (text.length - replaced)));
