"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/members/texts";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";

const RenameDialog = dynamic(() => import("@/components/members/rename-dialog"));

/** What the space is called, for owners to change. */
export function RenameSpace({ space }: { space: Space }) {
  const [open, setOpen] = useState(false);
  return (
    <section aria-labelledby="name-title">
      <h2 id="name-title" className="text-base font-semibold">
        {texts.thisSpace}
      </h2>
      <Card className="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 p-5">
        <div className="min-w-0 flex-1 basis-72">
          <p className="text-sm font-medium break-words">{space.name}</p>
          <p className="mt-0.5 text-[0.8125rem] text-ink-soft">
            {texts.itsIdForScripts(
              <code className="font-mono text-xs break-all text-ink">{space.space_id}</code>,
            )}
          </p>
        </div>
        <Button variant="outline" onClick={() => setOpen(true)}>
          {texts.rename}
        </Button>
      </Card>
      {open && <RenameDialog space={space} onClose={() => setOpen(false)} />}
    </section>
  );
}
