"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { useEffect, useState, useTransition } from "react";

/** A page that comes sooner is shown at once, without a placeholder before it. */
const SOON_MILLISECONDS = 150;

/** Goes to another page; ``going`` is its name once the way there takes long, until it is shown. */
export function useGoing() {
  const router = useRouter();
  const [isGoing, startGoing] = useTransition();
  const [name, setName] = useState("");
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    if (!isGoing) return;
    const timer = setTimeout(() => setIsLong(true), SOON_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      setIsLong(false);
    };
  }, [isGoing]);
  const go = (href: Route, label: string) => {
    setName(label);
    startGoing(() => router.push(href));
  };
  return { going: isGoing && isLong ? name : null, go };
}
