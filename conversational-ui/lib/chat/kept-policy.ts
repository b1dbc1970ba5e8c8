import { browserDatabase } from "@/lib/chat/browser-database";
import { keyOf, type Owner } from "@/lib/chat/conversations";
import { isToolPolicy, NO_POLICY, type ToolPolicy } from "@/lib/chat/tool-policy";

/** What somebody wants changed of their choices, whatever they are by then. */
export type PolicyChange = (now: ToolPolicy) => ToolPolicy;

const asPolicy = (kept: unknown): ToolPolicy => (isToolPolicy(kept) ? kept : NO_POLICY);

export async function readPolicy(owner: Owner): Promise<ToolPolicy> {
  return asPolicy(await (await browserDatabase()).get("policies", keyOf(owner)));
}

/**
 * Changes what is kept, in one transaction: what another tab has changed meanwhile stays. Returns
 * all of it, and tells the other tabs.
 */
export async function changePolicy(owner: Owner, change: PolicyChange): Promise<ToolPolicy> {
  const transaction = (await browserDatabase()).transaction("policies", "readwrite");
  const next = change(asPolicy(await transaction.store.get(keyOf(owner))));
  await transaction.store.put(next, keyOf(owner));
  await transaction.done;
  channel()?.postMessage(keyOf(owner));
  return next;
}

/** Calls it with whose choices another tab has changed (``keyOf``). Returns what ends it. */
export function onPolicyNews(came: (owner: string) => void): () => void {
  const listener = ({ data }: MessageEvent<string>) => came(data);
  const heard = channel();
  heard?.addEventListener("message", listener);
  return () => heard?.removeEventListener("message", listener);
}

let opened: BroadcastChannel | null | undefined;

/** Null where the browser has none: then a tab sees what others did when it is loaded again. */
function channel(): BroadcastChannel | null {
  opened ??= typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("tool-policies");
  return opened;
}
