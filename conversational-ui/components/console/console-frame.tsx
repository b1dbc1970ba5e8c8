"use client";

import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import * as texts from "@/components/console/texts";
import { Fault } from "@/components/fault";
import { useConnections } from "@/components/notion/use-connection";
import { PageLink } from "@/components/shell/going";
import { Button, Spinner } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import { needsConsent } from "@/lib/chat/failures";
import { cn } from "@/lib/cn";
import { actsAs } from "@/lib/grants";
import type { Problem } from "@/lib/problems";
import { type SpacePage, spacePath } from "@/lib/space-paths";

const PARTS = [
  { page: "tools", label: texts.tools, lead: texts.runAToolOfThis },
  {
    page: "tools/resources",
    label: texts.resources,
    lead: texts.documentsThatNotion,
  },
  { page: "tools/prompts", label: texts.prompts, lead: texts.questionsThatNotion },
] as const satisfies { page: SpacePage; label: string; lead: string }[];

/** What is offered by the space's Notion: one page for each kind, asked for when it is opened. */
export function ConsoleFrame({
  person,
  space,
  children,
}: {
  person: { userId: string };
  space: Space;
  children: ReactNode;
}) {
  const pathname = usePathname();
  const parts = PARTS.map((part) => ({ ...part, href: spacePath(space.space_id, part.page) }));
  const here = parts.find(({ href }) => href === pathname) ?? parts[0];
  const acting = actsAs(useConnections(space.space_id).now?.grants ?? null, person.userId);
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8 sm:py-8">
      <h1 className="text-2xl font-semibold tracking-tight">{here?.label}</h1>
      <p className="mt-1.5 text-ink-soft">{here?.lead}</p>
      {acting && <p className="mt-1 text-sm text-ink-soft">{acting}.</p>}
      <nav aria-label={texts.whatNotionOffers} className="mt-4 border-b border-line">
        <ul className="flex gap-1">
          {parts.map(({ page, label, href }) => (
            <li key={page}>
              <PageLink
                href={href}
                name={label}
                prefetch={false}
                aria-current={page === here?.page ? "page" : undefined}
                className={cn(
                  "-mb-px block border-b-2 px-3 py-2 text-sm",
                  page === here?.page
                    ? "border-accent font-medium text-ink"
                    : "border-transparent text-ink-soft hover:text-ink",
                )}
              >
                {label}
              </PageLink>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </div>
  );
}

export function Asking({ what }: { what: string }) {
  return (
    <p className="mt-10 flex items-center gap-2.5 text-sm text-ink-soft" role="status">
      <Spinner />
      {texts.askingNotionFor(what)}
    </p>
  );
}

/** Notion could not be asked: what to do about it. */
export function NotAnswered({
  space,
  problem,
  page,
  onAgain,
}: {
  space: Space;
  problem: Problem;
  /** To come back to after a consent. */
  page: SpacePage;
  onAgain: () => void;
}) {
  return (
    <div className="mt-8 max-w-2xl">
      {needsConsent(problem) ? (
        <ReconnectCard
          space={space}
          problem={problem}
          returnPath={spacePath(space.space_id, page)}
        />
      ) : (
        <Fault
          problem={problem}
          actions={
            <Button variant="outline" size="sm" onClick={onAgain}>
              {texts.tryAgain}
            </Button>
          }
        />
      )}
    </div>
  );
}
