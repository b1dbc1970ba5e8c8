import { tabNews } from "@/lib/tab-news";

/** What one tab tells the others: it has saved something of a conversation. */
export interface News {
  /** As ``keyOf`` has it. */
  owner: string;
  id: string;
  /** An answer is coming there. */
  isLive: boolean;
}

export const { tell, onNews } = tabNews<News>("conversations");
