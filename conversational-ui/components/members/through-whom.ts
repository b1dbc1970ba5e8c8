import type { Member } from "@/lib/api-types";

const BY_ISSUER = "issuer:";

/** Through whom somebody belongs, as it is said behind since when. */
export function throughWhom(member: Pick<Member, "user_id" | "added_by" | "issuer">): string {
  const { user_id, added_by, issuer } = member;
  if (issuer) return `, by the word of ${nameOf(issuer)}, for as long as it says so`;
  if (added_by.startsWith(BY_ISSUER)) {
    return `, by the word of ${nameOf(added_by.slice(BY_ISSUER.length))} at first, and kept since`;
  }
  return added_by === user_id ? "" : `, by ${added_by}`;
}

/** An issuer, as people know it. */
export const nameOf = (issuer: string) => URL.parse(issuer)?.host || issuer;
