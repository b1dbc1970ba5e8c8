import type { UIMessage } from "ai";

/** What the model's service counted for an answer, over all its steps. */
export interface TokensUsed {
  input: number;
  output: number;
}

interface Metadata {
  tokens?: TokensUsed;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value);

/** Null where nobody counted. */
export function tokensOf(message: Pick<UIMessage, "metadata">): TokensUsed | null {
  const { tokens } = (message.metadata ?? {}) as { tokens?: Partial<TokensUsed> };
  if (!isCount(tokens?.input) || !isCount(tokens.output)) return null;
  return { input: tokens.input, output: tokens.output };
}

/** For ``finish`` of the stream; with what the same answer has taken before a person's word. */
export function tokensFor(
  used: { inputTokens?: number | undefined; outputTokens?: number | undefined },
  before: TokensUsed | null,
): Metadata {
  const { inputTokens, outputTokens } = used;
  if (!isCount(inputTokens) || !isCount(outputTokens)) return {};
  const { input, output } = before ?? { input: 0, output: 0 };
  return { tokens: { input: input + inputTokens, output: output + outputTokens } };
}

const inWords = (count: number) => count.toLocaleString("en");

/** As it is shown, and with its parts. */
export function tokenWords({ input, output }: TokensUsed): { short: string; long: string } {
  return {
    short: `${inWords(input + output)} tokens`,
    long: `${inWords(input)} read by the model, ${inWords(output)} written`,
  };
}
