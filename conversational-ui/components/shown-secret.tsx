import { CopyButton } from "@/components/ui/copy-button";

/** A secret, or an address that is as good as one, with a button that copies it. */
export function ShownSecret({
  secret,
  testId,
  copy,
}: {
  secret: string;
  testId?: string;
  /** What the button says, where there are several. */
  copy?: string;
}) {
  return (
    <div className="flex items-center gap-2 rounded-lg border border-line bg-surface py-1.5 pr-1.5 pl-3">
      <code data-testid={testId} className="min-w-0 flex-1 font-mono text-xs break-all">
        {secret}
      </code>
      <CopyButton text={secret} label={copy} />
    </div>
  );
}
