"use client";

import { useParams, useRouter } from "next/navigation";
import { useCallback, useEffect, useEffectEvent, useState } from "react";
import type { Found, Owner } from "@/lib/chat/conversations";
import { chatProblem } from "@/lib/chat/failures";
import { openKept } from "@/lib/chat/kept-conversations";
import { conversationPath } from "@/lib/space-paths";

/** What the address names, once it has been read. */
export type Opened = { id: string; isNew: boolean; found: Found };

const NONE: Found = { kind: "none" };
/** The browser's own store does not answer. */
const UNREADABLE: Found = { kind: "unknown", problem: chatProblem("not_kept", 0) };
const fresh = () => ({ id: crypto.randomUUID(), hasAddress: false });

/**
 * The conversation that the address names, or a new one where it names none. ``begin``: yet
 * another new one, where one is shown; ``stay``: at what the address names after all;
 * ``giveAddress``: leads to its own address, where it has none; ``again``: reads once more what the
 * address names. ``spaceIds``: all that the person belongs to.
 */
export function useOpen(owner: Owner, spaceIds: readonly string[]) {
  const router = useRouter();
  const { id: addressed } = useParams<{ id?: string }>();
  // A conversation is left at once: what is said until the address has changed is not for it.
  const [left, setLeft] = useState<string | null>(null);
  if (left !== null && left !== addressed) setLeft(null);
  const id = addressed === left ? undefined : addressed;
  const [next, setNext] = useState(fresh);
  const [read, setRead] = useState<{ id: string; found: Found } | null>(null);
  const [round, setRound] = useState(0);
  // A new conversation is new until the address has left it again.
  if (id === next.id && !next.hasAddress) setNext({ ...next, hasAddress: true });
  if (id !== next.id && next.hasAddress) setNext(fresh());
  const isNew = id === undefined || id === next.id;

  const open = useEffectEvent((named: string) => openKept(owner, named, spaceIds));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once more in the next round
  useEffect(() => {
    if (id === undefined || isNew) return;
    let left = false;
    open(id)
      .catch(() => UNREADABLE)
      .then((found) => left || setRead({ id, found }));
    return () => {
      left = true;
    };
  }, [id, isNew, owner, round]);

  const opened: Opened | null = isNew
    ? { id: next.id, isNew, found: NONE }
    : read && read.id === id
      ? { ...read, isNew }
      : null;
  const begin = () => (id === undefined ? setNext(fresh()) : setLeft(id));
  const stay = useCallback(() => setLeft(null), []);
  const again = () => {
    setRead(null);
    setRound((before) => before + 1);
  };
  const giveAddress = useCallback(
    (given: string) => router.replace(conversationPath(owner.spaceId, given)),
    [router, owner.spaceId],
  );
  return { opened, begin, stay, again, giveAddress: id === undefined ? giveAddress : undefined };
}
