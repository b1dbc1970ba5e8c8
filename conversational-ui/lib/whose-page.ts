import { tabNews } from "@/lib/tab-news";

/**
 * Whom a page was made for. Tabs of one browser share their cookies: where somebody else signs in in
 * another tab, this one would go on as them, with what it shows of the person before.
 */
export interface SignedIn {
  /** Null: nobody any more. */
  userId: string | null;
  name: string;
}

/** What one tab tells the others: who is signed in now. */
export const { tell: tellWhoIsSignedIn, onNews: onWhoIsSignedIn } =
  tabNews<SignedIn>("who-is-signed-in");

/** Goes with every request of a page; this site's routes refuse it where another is signed in. */
export const WHOSE_PAGE = "x-whose-page";

/** Beside the other headers of a request. Nothing on pages that are nobody's. */
export function whosePage(): Record<string, string> {
  const mark = typeof document === "undefined" ? null : document.querySelector("[data-whose-page]");
  const userId = mark?.getAttribute("data-whose-page");
  return userId ? { [WHOSE_PAGE]: encodeURIComponent(userId) } : {};
}

/** Whether a request comes from a page of somebody else's. */
export const isOfOther = (headers: Headers, userId: string): boolean =>
  (headers.get(WHOSE_PAGE) ?? encodeURIComponent(userId)) !== encodeURIComponent(userId);
