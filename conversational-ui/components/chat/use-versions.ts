import type { UIMessage } from "ai";
import { useMemo, useState } from "react";
import { ended } from "@/lib/chat/interruption";
import { merged, newestPath, pathThrough, placedAfter, versionsIn } from "@/lib/chat/versions";

type Set = (change: UIMessage[] | ((now: UIMessage[]) => UIMessage[])) => void;

const without = (all: readonly UIMessage[], shown: readonly UIMessage[]) => {
  const here = new Set(shown.map(({ id }) => id));
  return all.filter(({ id }) => !here.has(id));
};

const idsOf = (messages: readonly UIMessage[]) => messages.map(({ id }) => id);

/** What is kept of a conversation besides what is shown: its other versions. */
export function useVersions(initial: readonly UIMessage[], shown: UIMessage[], setShown: Set) {
  const [hidden, setHidden] = useState(() => without(initial, newestPath(initial)));
  const [order, setOrder] = useState(() => idsOf(initial));
  // What is to be shown and may not be yet: the chat draws a change a moment later than it is made.
  // Until then nothing of it may be missing in between, or it would count as deleted.
  const [coming, setComing] = useState<readonly UIMessage[]>([]);
  if (coming.length > 0 && without(coming, shown).length === 0) {
    setHidden(without(hidden, coming));
    setComing([]);
  }
  const all = useMemo(() => merged(hidden, shown, order), [hidden, shown, order]);
  if (all.length !== order.length || all.some(({ id }, at) => id !== order[at])) {
    setOrder(idsOf(all));
  }
  const versions = useMemo(
    () => (hidden.length > 0 ? versionsIn(all, shown) : null),
    [all, shown, hidden],
  );

  const show = (from: readonly UIMessage[], path: UIMessage[]) => {
    setHidden([...from]);
    setComing(path);
    setShown(path);
  };
  return {
    all,
    versions,
    /** The version of that message, and what followed it. */
    choose: (id: string) => {
      const path = pathThrough(all, id);
      if (path.length > 0) show(all, path);
    },
    /** Another version of that message begins: what is before it is shown. Says what it follows. */
    beginAnew: (id: string) => {
      const at = shown.findIndex((one) => one.id === id);
      if (at < 0) return null;
      const before = shown.slice(0, at);
      setHidden((now) => [...without(now, shown), ...ended(shown.slice(at))]);
      setComing([]);
      setShown(before);
      return placedAfter(before.at(-1));
    },
    /** What others have said as well: the version that is shown stays, with what follows it. */
    take: (read: readonly UIMessage[]) => {
      const leaf = shown.at(-1);
      const path = leaf ? pathThrough(read, leaf.id) : [];
      show(read, path.length > 0 ? path : newestPath(read));
      setOrder(idsOf(read));
    },
  };
}
