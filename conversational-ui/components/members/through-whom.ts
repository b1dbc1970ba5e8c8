import * as texts from "@/components/members/texts";
import type { Member } from "@/lib/api-types";

const BY_ISSUER = "issuer:";

/** Through whom somebody belongs, as it is said behind since when. */
export function throughWhom(member: Pick<Member, "user_id" | "added_by" | "issuer">): string {
  const { user_id, added_by, issuer } = member;
  if (issuer) return texts.byTheWordOfForAs(nameOf(issuer));
  if (added_by.startsWith(BY_ISSUER)) {
    return texts.byTheWordOfAtFirst(nameOf(added_by.slice(BY_ISSUER.length)));
  }
  return added_by === user_id ? "" : texts.by(added_by);
}

/** An issuer, as people know it. */
export const nameOf = (issuer: string) => URL.parse(issuer)?.host || issuer;
