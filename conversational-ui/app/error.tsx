"use client";

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
      <h1 className="text-2xl font-semibold tracking-tight">This page did not work</h1>
      <p className="text-ink-soft">
        Something went wrong on this site, not in your Notion. Trying again may help.
      </p>
      {error.digest && <p className="font-mono text-xs text-ink-soft">Reference {error.digest}</p>}
      <div>
        <Button onClick={reset}>Try again</Button>
      </div>
    </main>
  );
}
