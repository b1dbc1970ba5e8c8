import { CalledPages } from "@/components/activity/called-pages";
import * as texts from "@/components/activity/texts";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import {
  calledWords,
  durationWords,
  ending,
  grantWords,
  indented,
  sizeWords,
} from "@/lib/activity";
import type { AuditEntry } from "@/lib/api-types";

/** One call, one login that was refused, or a note that some calls could not be recorded. */
export function CallRow({
  entry,
  caller,
  showsPerson,
}: {
  entry: AuditEntry;
  /** The name of its token, client or machine, where that is listed still. */
  caller: string | undefined;
  showsPerson: boolean;
}) {
  if (entry.kind === "lost") {
    return (
      <li className="border-b border-line px-5 py-3.5 text-sm text-warn last:border-0">
        {texts.notRecordedTheGateways(
          entry.calls,
          entry.calls === 1 ? texts.callWas : texts.callsWere,
          <Time at={entry.at} />,
        )}
      </li>
    );
  }
  const isCall = entry.kind === "call";
  const { tone, text } = ending(entry);
  const program = entry.mcp_client || entry.client;
  return (
    <li className="border-b border-line px-5 py-3.5 last:border-0">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <span className="min-w-0 break-words text-sm font-medium" title={entry.tool}>
          {calledWords(entry)}
          {entry.calls > 1 && (
            <span className="font-normal text-ink-soft">{texts.times(entry.calls)}</span>
          )}
        </span>
        <Badge tone={tone}>{text}</Badge>
      </div>
      <p className="mt-0.5 break-words text-[0.8125rem] text-ink-soft">
        {showsPerson && entry.user_id && `${entry.user_id} · `}
        <Time at={entry.at} />
        {program && ` · ${program}`}
        {isCall && entry.token && texts.withIt(caller ?? texts.aGatewayToken)}
      </p>
      <CalledPages pages={entry.pages} more={entry.more_pages} />
      <details className="mt-1">
        <summary className="w-fit text-[0.8125rem] text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
          {texts.details}
        </summary>
        <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-[0.8125rem]">
          <Fact name={texts.tool}>{entry.tool}</Fact>
          <Fact name={texts.program}>
            {[entry.mcp_client, entry.client].filter(Boolean).join(", ")}
          </Fact>
          <Fact name={texts.took}>{isCall ? durationWords(entry.duration_ms) : ""}</Fact>
          <Fact name={texts.connection}>{grantWords(entry, showsPerson)}</Fact>
          <Fact name={texts.asked}>
            {entry.asked_bytes > 0 ? sizeWords(entry.asked_bytes) : ""}
          </Fact>
          <Fact name={texts.answered}>
            {entry.answered_bytes > 0 ? sizeWords(entry.answered_bytes) : ""}
          </Fact>
          <Fact name={texts.ruleOfThePolicy}>{entry.rule}</Fact>
          <Fact name={isCall ? texts.tokenOrLogin : texts.listedAs}>{entry.token}</Fact>
          <Fact name={texts.requestId}>{entry.request_id}</Fact>
          <Fact name={texts.traceId}>{entry.trace_id}</Fact>
          <Said name={texts.argumentsIt}>{entry.arguments}</Said>
          <Said name={texts.result}>{entry.result}</Said>
        </dl>
      </details>
    </li>
  );
}

/** Nothing where it is not known. */
function Fact({ name, children }: { name: string; children: string }) {
  if (!children) return null;
  return (
    <>
      <dt className="text-ink-soft">{name}</dt>
      <dd className="break-all">{children}</dd>
    </>
  );
}

/** What was said in the call, where the space asks for it. */
function Said({ name, children }: { name: string; children: string }) {
  if (!children) return null;
  return (
    <>
      <dt className="text-ink-soft">{name}</dt>
      <dd>
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard as well
          tabIndex={0}
          className="max-h-60 overflow-auto rounded-lg border border-line bg-surface p-3 font-mono text-xs leading-5 break-words whitespace-pre-wrap"
        >
          {indented(children)}
        </pre>
      </dd>
    </>
  );
}
