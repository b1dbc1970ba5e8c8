"use client";

import { Hourglass, RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useState, useTransition } from "react";
import * as texts from "@/components/texts";
import { Button, Spinner } from "@/components/ui/button";

/** From then on it is said who is waited for, and another try is offered. */
const LONG_MILLISECONDS = 4000;

/** In the place of a page whose first view would come late: it says so, and asks on by itself. */
export function Awaited() {
  const router = useRouter();
  const [, startTransition] = useTransition();
  const [isLong, setIsLong] = useState(false);
  // What stands here is kept until the page has come, or the reason why it does not.
  useEffect(() => startTransition(() => router.refresh()), [router]);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), LONG_MILLISECONDS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" className="rounded-xl border border-line bg-surface px-4 py-3.5 text-sm">
      {isLong ? (
        <div className="flex gap-3">
          <Hourglass className="mt-0.5 size-4.5 shrink-0 text-ink-soft" aria-hidden="true" />
          <div>
            <p className="font-medium">{texts.theGatewayHasNot}</p>
            <p className="mt-0.5 text-ink-soft">{texts.itMayBeStarting}</p>
            {/* As a whole: the question that is under way would keep another one waiting. */}
            <Button
              variant="outline"
              size="sm"
              className="mt-3"
              onClick={() => window.location.reload()}
            >
              <RotateCw aria-hidden="true" />
              {texts.tryAgain}
            </Button>
          </div>
        </div>
      ) : (
        <p className="flex items-center gap-2.5 text-ink-soft">
          <Spinner />
          {texts.waitingForTheGateway}
        </p>
      )}
    </div>
  );
}
