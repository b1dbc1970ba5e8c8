import "server-only";

import { headers } from "next/headers";
import { cache } from "react";
import { type Problem, problem } from "@/lib/problems";

/** A page that is loaded as a whole shows nothing before its data has come: not for longer. */
const SOON_MILLISECONDS = 700;

/** In the place of what does not come in time. The browser asks on (``PageFault``). */
export const awaited = (): Problem => problem("awaited", 504);

/** Of one request: when its time is over, and null where a page is seen meanwhile. */
const timeOver = cache(async () => {
  const isNewPage = (await headers()).get("sec-fetch-dest") === "document";
  return isNewPage ? { promise: after(SOON_MILLISECONDS) } : null;
});

/** What was asked for; where a page's first view would have to wait longer for it, ``late``. */
export async function soon<T, L>(asked: Promise<T>, late: L): Promise<T | L> {
  const over = await timeOver();
  return over === null ? asked : either(asked, over.promise, late);
}

/** Whichever comes first. What is refused too late is nobody's fault any more. */
export const either = <T, L>(asked: Promise<T>, over: Promise<void>, late: L): Promise<T | L> =>
  Promise.race([asked, over.then(() => late)]);

const after = (milliseconds: number) =>
  new Promise<void>((then) => {
    setTimeout(then, milliseconds).unref();
  });
