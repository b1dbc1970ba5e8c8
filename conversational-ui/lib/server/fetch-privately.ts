import "server-only";

import { isPrivate } from "@/lib/server/settings";

/** Codes, secrets and tokens go over https, or within this machine, wherever an issuer sends us. */
export const fetchPrivately: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (!isPrivate(url)) throw new Error(`${url.origin} is neither https nor loopback`);
  return fetch(input, init);
};
