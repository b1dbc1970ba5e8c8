"use client";

import { diffLines, diffWordsWithSpace } from "diff";
import { Fragment } from "react";
import { SWRConfig } from "swr";
import * as texts from "@/components/chat/opened-texts";
import { usePage } from "@/components/chat/use-page";
import type { Change, Difference, Piece } from "@/lib/chat/change";
import { inWords, ownOf } from "@/lib/chat/change-words";
import { cn } from "@/lib/cn";

const MOST_COMPARED = 20_000;

/** What a call does: a sentence, what is there before and after, and whatever else was given. */
export default function ChangeView({ change }: { change: Change }) {
  return (
    // Pages as they are now, whatever another card has read of them before.
    <SWRConfig value={{ provider: () => new Map() }}>
      <Told change={change} />
    </SWRConfig>
  );
}

function Told({ change }: { change: Change }) {
  return (
    <div className="flex flex-col gap-2.5">
      <p className="break-words">
        {change.sentence.map((piece, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a sentence does not change
          <Fragment key={at}>{pieceOf(piece)}</Fragment>
        ))}
      </p>
      {change.differences.map(({ title, before, after }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: nor do these
        <figure key={at} className="m-0">
          {title && (
            <figcaption className="mb-1 text-[0.8125rem] text-ink-soft">{title}</figcaption>
          )}
          {typeof before === "object" && before !== null ? (
            <ComparedWithPage title={title} before={before} after={after} />
          ) : (
            <Compared before={before ?? ""} after={after} />
          )}
        </figure>
      ))}
      {change.others.length > 0 && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-[0.8125rem]">
          {change.others.map(([name, value]) => (
            <Fragment key={name}>
              <dt className="font-mono text-ink-soft">{name}</dt>
              <dd className="min-w-0 break-words">
                {namesPage(name, value) ? <PageName id={value} /> : value}
              </dd>
            </Fragment>
          ))}
        </dl>
      )}
    </div>
  );
}

function pieceOf(piece: Piece) {
  if (typeof piece === "string") return piece;
  return "page" in piece ? (
    <PageName id={piece.page} />
  ) : (
    <q className="font-medium">{piece.quote}</q>
  );
}

/** Whether what was given is the id of a page, database or folder: then its name says more. */
const namesPage = (name: string, value: string): boolean =>
  /^(page|database|data_source|folder|template)_id$/.test(name) &&
  /^[0-9a-f-]{32,36}$/i.test(value);

function PageName({ id }: { id: string }) {
  const page = usePage(id);
  if (page === undefined) return <span className="text-ink-soft">{texts.aPageBeingLooked}</span>;
  if (page === null) return <span className="font-mono break-all">{id}</span>;
  return page.url ? (
    <a className="font-medium underline" href={page.url} target="_blank" rel="noopener noreferrer">
      {page.title}
    </a>
  ) : (
    <span className="font-medium">{page.title}</span>
  );
}

function ComparedWithPage({
  title,
  before,
  after,
}: {
  title: string | null;
  before: Exclude<Difference["before"], string | null>;
  after: string;
}) {
  const isWhole = "wholePage" in before;
  const page = usePage(isWhole ? before.wholePage : before.propertyOf);
  if (page === undefined) return <p className="text-ink-soft">{texts.whatIsThereNow}</p>;
  if (isWhole && page?.text != null) {
    return <Compared before={`${page.text}\n`} after={`${after}\n`} byLine />;
  }
  if (!isWhole && page?.properties) {
    const now = title === null ? undefined : ownOf(page.properties, title);
    return <Compared before={now == null ? "" : inWords(now)} after={after} />;
  }
  return (
    <>
      <p className="mb-1 text-warn">{texts.whatIsThereNowCannot}</p>
      <Compared before="" after={after} />
    </>
  );
}

function Compared({
  before,
  after,
  byLine = false,
}: {
  before: string;
  after: string;
  byLine?: boolean;
}) {
  const parts = comparison(before, after, byLine);
  return (
    // No landmark: there may be many.
    <fieldset
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      tabIndex={0}
      aria-label={texts.beforeAndAfter}
      dir="auto"
      className={cn(
        !byLine && "[&>del+ins]:ml-1",
        "max-h-72 min-w-0 overflow-auto rounded-lg border border-line bg-surface p-3 break-words whitespace-pre-wrap",
      )}
    >
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: compared anew as a whole
        <Stretch key={at} {...part} />
      ))}
    </fieldset>
  );
}

function Stretch({ value, removed, added }: { value: string; removed: boolean; added: boolean }) {
  if (!value) return null;
  if (removed) return <del className="bg-bad-wash text-bad">{value}</del>;
  return added ? <ins className="bg-good-wash text-good no-underline">{value}</ins> : value;
}

/** Word by word, or line by line; what is too long for that, one whole after the other. */
function comparison(before: string, after: string, byLine: boolean) {
  if (before.length + after.length > MOST_COMPARED) {
    return [
      { value: before, removed: true, added: false },
      { value: after, removed: false, added: true },
    ];
  }
  return byLine ? diffLines(before, after) : diffWordsWithSpace(before, after);
}
