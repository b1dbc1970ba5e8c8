export interface NewestTurns<M> {
  messages: M[];
  /** How many older turns are not among them. */
  leftOut: number;
}

/**
 * The newest turns of a conversation, as many as have room: a turn is a question with all that
 * answers it. The last one stays, however large it is.
 */
export function newestTurns<M extends { role: string }>(
  messages: readonly M[],
  room: number,
  sizeOf: (message: M) => number,
): NewestTurns<M> {
  const starts = messages.flatMap(({ role }, at) => (role === "user" ? [at] : []));
  if (starts[0] !== 0) starts.unshift(0);
  let leftOut = starts.length - 1;
  let from = starts[leftOut] ?? 0;
  let size = total(messages.slice(from), sizeOf);
  for (; leftOut > 0; leftOut -= 1) {
    const start = starts[leftOut - 1] ?? 0;
    size += total(messages.slice(start, from), sizeOf);
    if (size > room) break;
    from = start;
  }
  return { messages: messages.slice(from), leftOut };
}

const total = <M>(messages: readonly M[], sizeOf: (message: M) => number) =>
  messages.reduce((sum, one) => sum + sizeOf(one), 0);

interface Metadata {
  leftOut?: number;
}

/** For ``start`` of an answer's stream: how many older turns its model was not given. */
export const leftOutFor = (turns: number): Metadata => (turns > 0 ? { leftOut: turns } : {});

/** As it is shown with an answer; null where its model was given all of the conversation. */
export function leftOutWords(answer: { metadata?: unknown }): string | null {
  const { leftOut } = (answer.metadata ?? {}) as Metadata;
  if (!Number.isSafeInteger(leftOut) || leftOut === undefined || leftOut < 1) return null;
  const what = leftOut === 1 ? "question and its answer" : `${leftOut} questions and their answers`;
  return `The model was not given the first ${what}: this conversation has become too long for it.`;
}
