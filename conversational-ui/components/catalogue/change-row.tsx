import { TriangleAlert } from "lucide-react";
import * as texts from "@/components/catalogue/opened-texts";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import type { CatalogueChange } from "@/lib/api-types";
import { KIND_WORDS } from "@/lib/catalogue";

/** How one tool has changed; what Notion says stands apart from the gateway's words. */
export function ChangeRow({ change }: { change: CatalogueChange }) {
  return (
    <li className="py-4 text-sm">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 className="min-w-0 font-mono text-[0.8125rem] font-medium break-all">{change.tool}</h3>
        <Badge tone={change.kind === "changed" ? "plain" : "outline"}>
          {KIND_WORDS[change.kind]}
        </Badge>
        {change.flagged && (
          <Badge tone="bad">
            <TriangleAlert aria-hidden="true" />
            {texts.lookAtIt}
          </Badge>
        )}
        <span className="ml-auto text-[0.8125rem] text-ink-soft">
          <Time at={change.at} />
          {change.seen_by && texts.seenBy(change.seen_by)}
        </span>
      </div>
      <ul className="mt-1.5 flex flex-col gap-2">
        {change.differences.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list of a change never changes
          <li key={index}>
            <p className={one.flagged ? "font-medium" : "text-ink-soft"}>{one.words}</p>
            {(one.before !== null || one.after !== null) && (
              <dl className="mt-1.5 grid grid-cols-1 gap-2 sm:grid-cols-2">
                <Said name={texts.notionSaidBefore} text={one.before} />
                <Said name={texts.notionSaysNow} text={one.after} />
              </dl>
            )}
          </li>
        ))}
        {change.left_out > 0 && <li className="text-ink-soft">{texts.leftOut(change.left_out)}</li>}
      </ul>
    </li>
  );
}

function Said({ name, text }: { name: string; text: string | null }) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface px-3 py-2">
      <dt className="text-xs text-ink-soft">{name}</dt>
      <dd className="mt-0.5 text-[0.8125rem] break-words whitespace-pre-wrap">
        {text ?? texts.nothing}
      </dd>
    </div>
  );
}
