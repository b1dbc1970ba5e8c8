"use client";

import dynamic from "next/dynamic";
import { type MouseEvent, type ReactNode, useState } from "react";
import { useWas } from "@/lib/use-was";

const LeaveDialog = dynamic(() => import("@/components/chat/leave-dialog"), { ssr: false });

/**
 * A link that leads neither to Notion nor to this site. Its words are those of whoever wrote the
 * page: so the host is said beside them, and a click asks before it is followed.
 */
export function OutsideLink({
  address,
  host,
  className,
  children,
}: {
  address: string;
  host: string;
  className: string;
  children?: ReactNode;
}) {
  const [asking, setAsking] = useState(false);
  const wasAsking = useWas(asking);
  const ask = (event: MouseEvent) => {
    if (event.type === "auxclick" && event.button !== 1) return; // the browser's own menu
    event.preventDefault();
    setAsking(true);
  };
  return (
    <>
      <a
        href={address}
        target="_blank"
        rel="noopener noreferrer"
        title={address}
        className={className}
        onClick={ask}
        onAuxClick={ask}
      >
        {/* Letters that turn the direction of writing end with the words that they stand in. */}
        <bdi>{children}</bdi>
        {children !== address && (
          <>
            {" "}
            <span dir="ltr" className="text-[0.8125em] text-ink-soft">
              ({host})
            </span>
          </>
        )}
      </a>
      {wasAsking && (
        <LeaveDialog address={address} host={host} open={asking} onOpenChange={setAsking} />
      )}
    </>
  );
}
