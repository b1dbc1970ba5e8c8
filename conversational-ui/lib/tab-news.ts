/**
 * What the tabs of one browser tell each other under a name. Nothing where the browser has no such
 * channel: then a tab sees what others did when it asks, or is loaded again.
 */
export function tabNews<News>(name: string) {
  let opened: BroadcastChannel | null | undefined;
  const channel = () => {
    opened ??= typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(name);
    return opened;
  };
  return {
    /** To every other tab of this browser, not to this one. */
    tell: (news: News): void => channel()?.postMessage(news),
    /** Returns what ends it. */
    onNews: (came: (news: News) => void): (() => void) => {
      const listener = ({ data }: MessageEvent<News>) => came(data);
      channel()?.addEventListener("message", listener);
      return () => channel()?.removeEventListener("message", listener);
    },
  };
}
