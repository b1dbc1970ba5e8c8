"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/notion/texts";
import { Button } from "@/components/ui/button";
import type { Grants, Space } from "@/lib/api-types";

const GrantsDialog = dynamic(() => import("@/components/notion/grants-dialog"));

/** Opens what only owners change. */
export function GrantsButton({ space, grants }: { space: Space; grants: Grants }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="outline" aria-label={texts.changeWhoseNotion} onClick={() => setOpen(true)}>
        {texts.change}
      </Button>
      {open && <GrantsDialog space={space} grants={grants} onClose={() => setOpen(false)} />}
    </>
  );
}
