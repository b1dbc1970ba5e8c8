import type { UIMessage } from "ai";
import { tokensOf, tokenWords } from "@/lib/chat/tokens-used";

/** How many tokens an answer took, where its model's service says so. */
export function TokensUsed({ message }: { message: UIMessage }) {
  const used = tokensOf(message);
  if (!used) return null;
  const { short, long } = tokenWords(used);
  return (
    <span className="ml-2.5 text-xs" title={long}>
      {short}
      <span className="sr-only">: {long}</span>
    </span>
  );
}
