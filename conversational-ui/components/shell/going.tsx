"use client";

import type { Route } from "next";
import Link from "next/link";
import { useRouter } from "next/navigation";
import {
  type ComponentProps,
  createContext,
  useCallback,
  useContext,
  useEffect,
  useState,
  useTransition,
} from "react";
import * as texts from "@/components/shell/texts";
import { Spinner } from "@/components/ui/button";

/** To another page, called ``name``. */
export type Go = (href: Route, name: string) => void;

const Going = createContext<Go | null>(null);
export const GoingProvider = Going.Provider;

/** What opens another page, so that its name is shown where that takes long. */
export function useGo(): Go {
  const router = useRouter();
  return useContext(Going) ?? ((href) => router.push(href));
}

export function PageLink({
  href,
  name,
  ...rest
}: Omit<ComponentProps<typeof Link>, "href" | "onNavigate"> & { href: Route; name: string }) {
  const go = useGo();
  return (
    <Link
      href={href}
      onNavigate={(event) => {
        event.preventDefault();
        go(href, name);
      }}
      {...rest}
    />
  );
}

/**
 * The page that is shown stays, and so does its address, until the other one has come: who goes
 * back meanwhile leaves the page that they see. ``going`` is the other one's name.
 */
export function useGoing(onGo: () => void): { going: string | null; go: Go } {
  const router = useRouter();
  const [isGoing, startGoing] = useTransition();
  const [name, setName] = useState("");
  const go = useCallback<Go>(
    (href, to) => {
      onGo();
      setName(to);
      startGoing(() => router.push(href));
    },
    [router, onGo],
  );
  return { going: useIsLong(isGoing) ? name : null, go };
}

/** What comes sooner comes without a word before it. */
export const SOON_MILLISECONDS = 400;

/** Whether ``isGoing`` has been true for a while. */
export function useIsLong(isGoing: boolean): boolean {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    if (!isGoing) return;
    const timer = setTimeout(() => setIsLong(true), SOON_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      setIsLong(false);
    };
  }, [isGoing]);
  return isGoing && isLong;
}

/** Over the page, of which it moves nothing. */
export function GoingNote({ going }: { going: string | null }) {
  return (
    <p
      role="status"
      className="pointer-events-none fixed top-16 left-1/2 z-40 -translate-x-1/2 md:top-4 md:left-[calc(50%+8rem)] print:hidden"
    >
      {going !== null && (
        <span className="flex max-w-[80vw] items-center gap-2.5 rounded-full border border-line-strong bg-raised px-4 py-2 text-sm whitespace-nowrap shadow-lift">
          <Spinner />
          <span className="min-w-0 truncate">{texts.opening(going)}</span>
        </span>
      )}
    </p>
  );
}
