import { CalendarClock } from "lucide-react";
import type { ReactNode } from "react";
import * as texts from "@/components/notion/texts";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import type { NotionStatus } from "@/lib/api-types";
import { cn } from "@/lib/cn";
import { expiryView } from "@/lib/expiry";

const LOOK = {
  calm: "",
  soon: "border-warn/30 bg-warn-wash text-warn",
  urgent: "border-bad/30 bg-bad-wash text-bad",
};

/** How long Notion keeps the connection, and from 30 days on what to do about its end. */
export function Expiry({
  status,
  mayReconnect,
  onReconnect,
  reconnecting,
}: {
  status: NotionStatus;
  mayReconnect: boolean;
  onReconnect: () => void;
  reconnecting: boolean;
}) {
  if (!status.expiry) return null;
  const view = expiryView(status.expiry, status.last_refresh, mayReconnect);
  return (
    <div className="border-t border-line px-5 py-4">
      {view.warning && (
        <div
          className={cn(
            "mb-4 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border px-4 py-3",
            LOOK[view.tone],
          )}
        >
          <div className="flex min-w-0 flex-1 basis-60 gap-3">
            <CalendarClock className="mt-0.5 size-4.5 shrink-0" aria-hidden="true" />
            <div className="min-w-0 text-sm">
              <p className="font-medium">{view.warning.title}</p>
              <p className="mt-0.5 text-ink-soft">{view.warning.text}</p>
            </div>
          </div>
          {mayReconnect && (
            <Button variant="outline" size="sm" busy={reconnecting} onClick={onReconnect}>
              {texts.reconnectNow}
            </Button>
          )}
        </div>
      )}
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 text-sm sm:grid-cols-4">
        <Fact name={texts.consentEnds} title={status.expiry.absolute_limit_at}>
          {view.absolute}
        </Fact>
        <Fact name={texts.endsUnlessRenewed} title={status.expiry.idle_limit_at}>
          {view.idle}
        </Fact>
        <Fact name={texts.lastCall}>
          {status.last_called_at ? <Time at={status.last_called_at} /> : texts.noneYet}
        </Fact>
        <Fact name={texts.lastRenewal}>
          {view.renewal ??
            (status.last_refreshed_at ? <Time at={status.last_refreshed_at} /> : texts.notYet)}
        </Fact>
      </dl>
      <p className="mt-3 text-[0.8125rem] text-ink-soft">{texts.idleLimit}</p>
    </div>
  );
}

function Fact({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-[0.8125rem] text-ink-soft">{name}</dt>
      <dd className="break-words">
        {title ? (
          <time dateTime={title} title={title.slice(0, 10)}>
            {children}
          </time>
        ) : (
          children
        )}
      </dd>
    </div>
  );
}
