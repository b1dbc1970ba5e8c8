"use client";

import { useEffect } from "react";
import * as texts from "@/components/spaces/texts";
import { joinPage, openedSecret } from "@/lib/invitation-links";

/** Keeps the link's secret in this tab, then leads to the sign-in page, and back here. */
export function SignInToJoin({ spaceId }: { spaceId: string }) {
  useEffect(() => {
    openedSecret(spaceId);
    location.replace(`/sign-in?next=${encodeURIComponent(joinPage(spaceId))}`);
  }, [spaceId]);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-6 py-12">
      <h1 className="text-2xl font-semibold tracking-tight">{texts.invitation}</h1>
      <p className="mt-1.5 text-ink-soft">{texts.signInToSeeWho}</p>
    </main>
  );
}
