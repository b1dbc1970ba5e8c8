import * as texts from "@/components/notion/texts";
import { Time } from "@/components/time";
import type { HistoryPage } from "@/lib/api-types";
import { cn } from "@/lib/cn";
import { type HistoryLine, historyLines } from "@/lib/connection";

const SHOWN = 8;

/** What happened to the connection, newest first: of a long history, its newest page. */
export function History({ page }: { page: HistoryPage }) {
  const lines = historyLines(page.events);
  if (lines.length === 0) return null;
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title" className="text-base font-semibold">
        {texts.history}
      </h2>
      <Lines lines={lines.slice(0, SHOWN)} />
      {lines.length > SHOWN && (
        <details className="mt-1">
          <summary className="w-fit text-sm text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
            {texts.earlier(lines.length - SHOWN)}
          </summary>
          <Lines lines={lines.slice(SHOWN)} />
          {page.before !== null && (
            <p className="text-sm text-ink-soft">
              {texts.whatHappenedBefore(<code>{texts.notionGatewayEvents}</code>)}
            </p>
          )}
        </details>
      )}
    </section>
  );
}

function Lines({ lines }: { lines: HistoryLine[] }) {
  return (
    <ol className="mt-3 flex flex-col">
      {lines.map((line) => (
        <li key={line.key} className="group relative flex gap-4 pb-4 text-sm last:pb-0">
          <span
            aria-hidden="true"
            className="absolute top-4 bottom-0 left-[0.28rem] w-px bg-line group-last:hidden"
          />
          <span
            aria-hidden="true"
            className={cn(
              "mt-[0.4rem] size-2.5 shrink-0 rounded-full border-2 bg-canvas",
              line.tone === "good" && "border-good",
              line.tone === "bad" && "border-bad",
              line.tone === "plain" && "border-line-strong",
            )}
          />
          <div className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-4">
            <p className="min-w-0 break-words">
              {line.text}
              {line.detail && (
                <span className="block text-[0.8125rem] text-ink-soft">{line.detail}</span>
              )}
            </p>
            {line.at && (
              <span className="text-[0.8125rem] text-ink-soft">
                <Time at={line.at} />
              </span>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
