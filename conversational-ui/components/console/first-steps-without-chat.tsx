"use client";

import dynamic from "next/dynamic";
import { useMemo } from "react";
import { useConnections } from "@/components/notion/use-connection";
import type { Space } from "@/lib/api-types";

const FirstSteps = dynamic(() => import("@/components/chat/first-steps"), { ssr: false });

/** Where no model is set up: as in the chat, with a tool in the place of a question. */
export function FirstStepsWithoutChat({
  person,
  space,
}: {
  person: { userId: string };
  space: Space;
}) {
  const spaceId = space.space_id;
  const owner = useMemo(() => ({ userId: person.userId, spaceId }), [person.userId, spaceId]);
  const grants = useConnections(spaceId).now?.grants;
  return (
    <FirstSteps
      owner={owner}
      space={space}
      isConnected={grants?.serving === "connected"}
      hasChat={false}
    />
  );
}
