"use client";

import { EmptyState } from "@/components/chat/empty-state";
import { FirstView } from "@/components/chat/first-view";
import { useConnections } from "@/components/notion/use-connection";
import type { Space } from "@/lib/api-types";

/** Of a conversation that has not begun. */
export function FirstEmpty({ space }: { space: Space }) {
  const grants = useConnections(space.space_id).now?.grants;
  return (
    <FirstView spaceName={space.name}>
      <EmptyState
        owner={null}
        space={space}
        connected={!grants || grants.serving === "connected"}
        onChoose={() => {}}
      />
    </FirstView>
  );
}
