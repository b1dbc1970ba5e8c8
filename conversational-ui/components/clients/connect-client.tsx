import * as texts from "@/components/clients/texts";
import { PageLink } from "@/components/shell/going";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import type { Space } from "@/lib/api-types";
import { type ClientLogin, isOnThisMachine, loginLines, mcpUrl } from "@/lib/client-lines";
import { spacePath } from "@/lib/space-paths";

/** The bare address first, which is all that most clients need; tokens for those without a browser. */
export function ConnectClient({ space, gatewayUrl }: { space: Space; gatewayUrl: string }) {
  const url = mcpUrl(gatewayUrl, space.space_id);
  return (
    <>
      <section aria-labelledby="address-title">
        <h2 id="address-title" className="text-base font-semibold">
          {texts.theAddress}
        </h2>
        <Card className="mt-3 flex flex-col gap-3 p-5">
          <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface py-2 pr-2 pl-3.5">
            <code
              data-testid="mcp-address"
              className="min-w-0 flex-1 basis-56 font-mono text-[0.8125rem] break-all"
            >
              {url}
            </code>
            <CopyButton text={url} label={texts.copyAddress} />
          </div>
          <p className="text-sm text-ink-soft">{texts.giveItToYourClient}</p>
          {isOnThisMachine(gatewayUrl) && (
            <p className="text-sm text-ink-soft">{texts.thisGatewayRuns}</p>
          )}
        </Card>
      </section>
      <section aria-labelledby="clients-title">
        <h2 id="clients-title" className="text-base font-semibold">
          {texts.whatToTypeWhere}
        </h2>
        <Card className="mt-3">
          <ul>
            {loginLines(gatewayUrl, space).map((one, index) => (
              <Client key={one.client} {...one} open={index === 0} />
            ))}
          </ul>
        </Card>
      </section>
      <section aria-labelledby="token-title">
        <h2 id="token-title" className="text-base font-semibold">
          {texts.withoutABrowser}
        </h2>
        <Card className="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 p-5">
          <p className="min-w-0 flex-1 basis-72 text-sm text-ink-soft">
            {texts.scriptsAndClients}
            {space.role === "owner" && texts.buildsAndNightly}
            {texts.whatWasDoneWithEither(
              <PageLink
                href={spacePath(space.space_id, "activity")}
                name={texts.activity}
                className="underline decoration-line-strong underline-offset-4 hover:decoration-ink"
              >
                {texts.activity}
              </PageLink>,
            )}
          </p>
          <Button asChild variant="outline">
            <PageLink href={spacePath(space.space_id, "tokens")} name={texts.gatewayTokens}>
              {texts.gatewayTokens}
            </PageLink>
          </Button>
        </Card>
      </section>
    </>
  );
}

function Client({ client, where, text, after, open }: ClientLogin & { open: boolean }) {
  return (
    <li className="border-b border-line last:border-0">
      {/* One at a time is open: they have one name. It works without a script. */}
      <details name="client" open={open} className="group">
        <summary className="rounded-xl px-5 py-3.5 text-sm font-medium hover:bg-hover">
          {client}
        </summary>
        <div className="px-5 pb-5">
          <div className="mb-2 flex items-start justify-between gap-3">
            <p className="pt-1 text-[0.8125rem] text-ink-soft">{where}</p>
            <CopyButton text={text} className="shrink-0" />
          </div>
          <pre
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard as well
            tabIndex={0}
            className="overflow-auto rounded-lg border border-line bg-surface p-3 font-mono text-xs leading-5"
          >
            {text}
          </pre>
          {after && <p className="mt-2 text-[0.8125rem] text-ink-soft">{after}</p>}
        </div>
      </details>
    </li>
  );
}
