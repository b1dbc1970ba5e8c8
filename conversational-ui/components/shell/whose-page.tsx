"use client";

import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { onWhoIsSignedIn, type SignedIn, tellWhoIsSignedIn } from "@/lib/whose-page";

/** Of no use until somebody else has signed in, or nobody is any more. */
const Notice = dynamic(() => import("@/components/shell/whose-page-notice"), { ssr: false });

/** Says of a page whose it is, to what it asks and to other tabs; and when that is not so any more. */
export function WhosePage({ person }: { person: { userId: string; name: string } }) {
  const { userId, name } = person;
  const [now, setNow] = useState<SignedIn>(person);
  useEffect(() => {
    tellWhoIsSignedIn({ userId, name });
    return onWhoIsSignedIn(setNow);
  }, [userId, name]);
  return (
    <>
      <span hidden data-whose-page={userId} />
      {now.userId !== userId && <Notice now={now} />}
    </>
  );
}
