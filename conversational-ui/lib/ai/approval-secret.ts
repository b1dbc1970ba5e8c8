import "server-only";

import { hkdfSync } from "node:crypto";
import { applicationKey } from "@/lib/server/settings";

/**
 * Signs approval requests, so that an approved call is one that a model made here, with exactly
 * these arguments, for this person in this space (RFC 5869).
 */
export function approvalSecret(userId: string, spaceId: string): Uint8Array {
  const purpose = `conversational-ui tool approval\n${userId}\n${spaceId}`;
  return new Uint8Array(hkdfSync("sha256", applicationKey().d as string, "", purpose, 32));
}
