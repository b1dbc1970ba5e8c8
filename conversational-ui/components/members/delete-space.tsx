"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/members/texts";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import { useWas } from "@/lib/use-was";

const DeleteSpaceDialog = dynamic(() => import("@/components/members/delete-space-dialog"));

/** At the end of the page, for owners. */
export function DeleteSpace({ space, isLast }: { space: Space; isLast: boolean }) {
  const [open, setOpen] = useState(false);
  const wasOpened = useWas(open);
  return (
    <section aria-labelledby="delete-title">
      <h2 id="delete-title" className="text-base font-semibold">
        {texts.deleteThisSpace}
      </h2>
      <Card className="mt-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 p-5">
        <p className="min-w-0 flex-1 basis-72 text-sm text-ink-soft">
          {texts.forEverybodyAndForGood}
        </p>
        <Button variant="danger" onClick={() => setOpen(true)}>
          {texts.deleteSpace}
        </Button>
      </Card>
      {wasOpened && (
        <DeleteSpaceDialog space={space} isLast={isLast} open={open} onOpenChange={setOpen} />
      )}
    </section>
  );
}
