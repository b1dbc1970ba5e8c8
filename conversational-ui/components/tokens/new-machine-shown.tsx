"use client";

import { ShownSecret } from "@/components/shown-secret";
import type { Made } from "@/components/tokens/new-machine-dialog";
import * as texts from "@/components/tokens/opened-texts";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { DialogFooter, DialogHead } from "@/components/ui/dialog";
import type { Space } from "@/lib/api-types";
import { mcpUrl } from "@/lib/client-lines";
import { machineLine, workloadLine } from "@/lib/machines";

/** The secret, this once, and how the program gets its tokens. */
export function NewMachineShown({
  made,
  space,
  gatewayUrl,
  onDone,
}: {
  made: Made;
  space: Space;
  gatewayUrl: string;
  onDone: () => void;
}) {
  const address = mcpUrl(gatewayUrl, space.space_id);
  const machine = "machine" in made ? made.machine : null;
  const line = machine
    ? machineLine(gatewayUrl, machine.client_id, machine.client_secret ?? "")
    : workloadLine(gatewayUrl, address);
  return (
    <>
      <DialogHead title={machine ? texts.copyItsSecretNow : texts.itMayExchangeIts}>
        {machine ? texts.itIsShownThisOnce : texts.thereIsNoSecret}
      </DialogHead>
      {machine && (
        <dl className="flex flex-col gap-3 text-sm">
          <Shown name={texts.clientId} value={machine.client_id} />
          <Shown name={texts.secret} value={machine.client_secret ?? ""} testId="machine-secret" />
        </dl>
      )}
      <div className="mt-5 mb-2 flex items-center justify-between gap-3">
        <p className="text-[0.8125rem] text-ink-soft">{texts.howItGetsAToken}</p>
        <CopyButton text={line} label={texts.copyCommand} />
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard as well
        tabIndex={0}
        className="max-h-52 overflow-auto rounded-lg border border-line bg-surface p-3 font-mono text-xs leading-5"
      >
        {line}
      </pre>
      <DialogFooter>
        <Button onClick={onDone}>{texts.done}</Button>
      </DialogFooter>
    </>
  );
}

function Shown({ name, value, testId }: { name: string; value: string; testId?: string }) {
  return (
    <div>
      <dt className="mb-1 font-medium">{name}</dt>
      <dd>
        <ShownSecret secret={value} testId={testId} copy={texts.copy(name.toLowerCase())} />
      </dd>
    </div>
  );
}
