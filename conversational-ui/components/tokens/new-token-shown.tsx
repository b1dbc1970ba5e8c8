"use client";

import { Tabs } from "radix-ui";
import { ShownSecret } from "@/components/shown-secret";
import * as texts from "@/components/tokens/opened-texts";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { DialogFooter, DialogHead } from "@/components/ui/dialog";
import type { NewGatewayToken, Space } from "@/lib/api-types";
import { clientLines } from "@/lib/client-lines";

/** The token, this once, and what to paste where. */
export function NewTokenShown({
  token,
  space,
  gatewayUrl,
  onDone,
}: {
  token: NewGatewayToken;
  space: Space;
  gatewayUrl: string;
  onDone: () => void;
}) {
  const lines = clientLines(gatewayUrl, space, token.token);
  return (
    <>
      <DialogHead title={texts.copyYourTokenNow}>{texts.itIsShownThisOnceAnd}</DialogHead>
      <ShownSecret secret={token.token} testId="token" />
      <Tabs.Root defaultValue="0" className="mt-5">
        <Tabs.List aria-label={texts.client} className="flex gap-1 border-b border-line">
          {lines.map(({ client }, index) => (
            <Tabs.Trigger
              key={client}
              value={`${index}`}
              className="-mb-px border-b-2 border-transparent px-2.5 py-2 text-sm text-ink-soft hover:text-ink data-[state=active]:border-ink data-[state=active]:font-medium data-[state=active]:text-ink"
            >
              {client}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {lines.map(({ client, where, text }, index) => (
          <Tabs.Content key={client} value={`${index}`} className="pt-3">
            <div className="mb-2 flex items-center justify-between gap-3">
              <p className="text-[0.8125rem] text-ink-soft">{where}</p>
              <CopyButton text={text} />
            </div>
            <pre
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard as well
              tabIndex={0}
              className="max-h-52 overflow-auto rounded-lg border border-line bg-surface p-3 font-mono text-xs leading-5"
            >
              {text}
            </pre>
          </Tabs.Content>
        ))}
      </Tabs.Root>
      <DialogFooter>
        <Button onClick={onDone}>{texts.done}</Button>
      </DialogFooter>
    </>
  );
}
