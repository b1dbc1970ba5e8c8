"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Button } from "@/components/ui/button";
import { callApi } from "@/lib/call-api";
import { spaceApi } from "@/lib/space-paths";

/** For owners of the space: whoever shared it, nobody reads it any more. */
export function StopSharing({ spaceId, shareId }: { spaceId: string; shareId: string }) {
  const [asking, setAsking] = useState(false);
  const router = useRouter();
  return (
    <>
      <Button variant="outline" size="sm" onClick={() => setAsking(true)}>
        Stop sharing
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Stop sharing this conversation?"
        description="Its link is dead then, for everybody. Whoever shared it keeps the conversation, and can share it again."
        confirm="Stop sharing"
        onConfirm={async () => {
          const path = spaceApi(spaceId, `/shared/${encodeURIComponent(shareId)}`);
          const done = await callApi<undefined>(path, { method: "DELETE" });
          if (done.ok) router.refresh();
          return done;
        }}
      />
    </>
  );
}
