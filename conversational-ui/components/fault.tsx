"use client";

import { CircleAlert, LogIn, RotateCw } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useTransition } from "react";
import { Awaited } from "@/components/awaited";
import * as texts from "@/components/texts";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { asLine, needsSignIn } from "@/lib/browser-problems";
import { cn } from "@/lib/cn";
import type { Problem } from "@/lib/problems";

/**
 * A problem in plain words, with the details folded away and the request id to copy. Whoever is
 * signed out is offered to sign in, in place of ``actions``, and to reload where somebody else has
 * signed in: nothing else can succeed.
 */
export function Fault({
  problem,
  actions,
  className,
}: {
  problem: Problem;
  actions?: ReactNode;
  className?: string;
}) {
  const offered = needsSignIn(problem) ? (
    <SignIn />
  ) : problem.reason === "other_person" ? (
    <Button size="sm" onClick={() => window.location.reload()}>
      <RotateCw aria-hidden="true" />
      {texts.reload}
    </Button>
  ) : (
    actions
  );
  return (
    <div
      role="alert"
      className={cn("rounded-xl border border-bad/25 bg-bad-wash px-4 py-3.5 text-sm", className)}
    >
      <div className="flex gap-3">
        <CircleAlert className="mt-0.5 size-4.5 shrink-0 text-bad" aria-hidden="true" />
        <div className="min-w-0 flex-1">
          <p className="font-medium">{problem.title}</p>
          <p className="mt-0.5 text-ink-soft">{problem.hint}</p>
          {offered && <div className="mt-3 flex flex-wrap gap-2">{offered}</div>}
          {(problem.detail || problem.request_id) && (
            <details className="mt-3">
              <summary className="w-fit text-[0.8125rem] text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
                {texts.details}
              </summary>
              <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-[0.8125rem]">
                <dt className="text-ink-soft">{texts.reason}</dt>
                <dd className="font-mono text-xs leading-5">{problem.reason}</dd>
                {problem.detail && (
                  <>
                    <dt className="text-ink-soft">{texts.detail}</dt>
                    <dd className="break-words">{problem.detail}</dd>
                  </>
                )}
                {problem.request_id && (
                  <>
                    <dt className="text-ink-soft">{texts.requestId}</dt>
                    <dd className="break-all font-mono text-xs leading-5">{problem.request_id}</dd>
                  </>
                )}
              </dl>
              {problem.request_id && (
                <CopyButton
                  text={problem.request_id}
                  label={texts.copyRequestId}
                  className="mt-2.5"
                />
              )}
            </details>
          )}
        </div>
      </div>
    </div>
  );
}

/** The same in a line, where there is little room; with what can be done about it. */
export function FaultLine({
  problem,
  before,
  onAgain,
  className,
}: {
  problem: Problem;
  /** What is missing for it. */
  before?: string;
  onAgain: () => void;
  className?: string;
}) {
  return (
    <div className={cn("text-[0.8125rem] text-ink-soft", className)}>
      <p>
        {/* The button says what to do about it. */}
        {before} {problem.retry ? `${problem.title}.` : asLine(problem)}
      </p>
      <div className="mt-1.5">
        {needsSignIn(problem) ? (
          <SignIn />
        ) : (
          <Button variant="outline" size="sm" onClick={onAgain}>
            <RotateCw aria-hidden="true" />
            {texts.tryAgain}
          </Button>
        )}
      </div>
    </div>
  );
}

/** And back to this page. */
function SignIn() {
  const here = usePathname();
  return (
    <Button asChild size="sm">
      <Link href={`/sign-in?next=${encodeURIComponent(here)}`} prefetch={false}>
        <LogIn aria-hidden="true" />
        {texts.signIn}
      </Link>
    </Button>
  );
}

/** A page whose data could not be loaded, or not in time for its first view. */
export function PageFault({ problem }: { problem: Problem }) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  if (problem.reason === "awaited") return <Awaited />;
  return (
    <Fault
      problem={problem}
      actions={
        <Button
          variant="outline"
          size="sm"
          busy={pending}
          onClick={() => startTransition(() => router.refresh())}
        >
          {!pending && <RotateCw aria-hidden="true" />}
          {texts.tryAgain}
        </Button>
      }
    />
  );
}
