"use client";

import { createContext, type ReactNode, use } from "react";
import * as texts from "@/components/chat/texts";

/** Whether the conversation is still to be read and loaded. */
export const IsAwaited = createContext(false);

/**
 * What is seen of a conversation until the browser has read what it keeps, and loaded what a
 * conversation needs: as it will stand there, so that nothing moves. Nothing answers to a click yet.
 */
export function FirstView({ spaceName, children }: { spaceName: string; children: ReactNode }) {
  if (!use(IsAwaited)) return null;
  return (
    <div inert className="flex min-h-0 flex-1 flex-col">
      {/* From its end, where a conversation is opened. */}
      <div className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto">
        <div className="mx-auto mb-auto flex w-full max-w-3xl flex-col gap-6 px-4 py-6 sm:px-8">
          {children}
        </div>
      </div>
      <div className="mx-auto w-full max-w-3xl px-4 pb-4 sm:px-8 sm:pb-6">
        <p className="rounded-2xl border border-line-strong bg-raised px-4 py-3.5 text-base leading-6 text-ink-faint shadow-xs sm:text-[0.9375rem]">
          {texts.askAboutSNotion(spaceName)}
        </p>
      </div>
    </div>
  );
}
