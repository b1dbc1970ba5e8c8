import type { Verification } from "@/lib/api-types";
import { tabNews } from "@/lib/tab-news";

/** What one tab tells the others: something has become of a space's connection. */
export interface ConnectionNews {
  spaceId: string;
  /** What a real call has just found; null: ask for the status. */
  found: Verification | null;
}

export const { tell: tellOfConnection, onNews: onConnectionNews } =
  tabNews<ConnectionNews>("connections");
