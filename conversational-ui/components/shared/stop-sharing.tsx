"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import * as texts from "@/components/shared/texts";
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
        {texts.stopSharing}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={texts.stopSharingThis}
        description={texts.itsLinkIsDeadThen}
        confirm={texts.stopSharing}
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
