"use client";

import * as texts from "@/app/texts";
import { Button } from "@/components/ui/button";

export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <main className="mx-auto flex min-h-[70dvh] max-w-md flex-col justify-center gap-4 px-6">
      <h1 className="text-2xl font-semibold tracking-tight">{texts.thisPageDidNot}</h1>
      <p className="text-ink-soft">{texts.somethingWentWrong}</p>
      {error.digest && (
        <p className="font-mono text-xs text-ink-soft">{texts.reference(error.digest)}</p>
      )}
      <div>
        <Button onClick={reset}>{texts.tryAgain}</Button>
      </div>
    </main>
  );
}
