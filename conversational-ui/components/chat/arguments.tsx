import { JsonBlock } from "@/components/chat/json-block";

/** What a tool is given, as it is. ``isFolded``: the same is said above in words. */
export function Arguments({ value, isFolded }: { value: unknown; isFolded: boolean }) {
  const block = <JsonBlock label="Arguments" value={value ?? {}} />;
  if (!isFolded) return block;
  return (
    <details>
      <summary className="cursor-pointer text-[0.8125rem] text-ink-soft">The exact call</summary>
      <div className="mt-2">{block}</div>
    </details>
  );
}
