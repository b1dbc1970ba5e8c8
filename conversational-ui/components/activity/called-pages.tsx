import * as texts from "@/components/activity/texts";
import { pageAddress } from "@/lib/activity";

const SHOWN = 10;

/** The pages that a call named; of many the first, and the others once they are asked for. */
export function CalledPages({ pages, more }: { pages: readonly string[]; more: number }) {
  if (pages.length === 0) return null;
  const others = pages.slice(SHOWN);
  return (
    <div className="mt-1 text-[0.8125rem]">
      <Links pages={pages.slice(0, SHOWN)} />
      {others.length > 0 && (
        <details className="mt-1">
          <summary className="w-fit text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
            {texts.morePages(others.length)}
          </summary>
          <div className="mt-1">
            <Links pages={others} />
          </div>
        </details>
      )}
      {more > 0 && <p className="mt-1 text-warn">{texts.itNamedMoreWhich(more)}</p>}
    </div>
  );
}

function Links({ pages }: { pages: readonly string[] }) {
  return (
    <p className="flex flex-wrap gap-x-3">
      {pages.map((page) => (
        <a
          key={page}
          href={pageAddress(page)}
          target="_blank"
          rel="noreferrer"
          className="underline decoration-line-strong underline-offset-4 hover:decoration-ink"
        >
          {texts.page(page.slice(0, 8))}
        </a>
      ))}
    </p>
  );
}
