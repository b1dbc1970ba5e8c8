import { JsonBlock } from "@/components/chat/json-block";
import * as texts from "@/components/chat/texts";

/** What a tool is given, as it is. ``isFolded``: the same is said above in words. */
export function Arguments({ value, isFolded }: { value: unknown; isFolded: boolean }) {
  const block = <JsonBlock label={texts.argumentsIt} value={value ?? {}} />;
  if (!isFolded) return block;
  return (
    <details>
      <summary className="cursor-pointer text-[0.8125rem] text-ink-soft">
        {texts.theExactCall}
      </summary>
      <div className="mt-2">{block}</div>
    </details>
  );
}
