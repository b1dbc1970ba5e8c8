"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/catalogue/texts";
import { Button } from "@/components/ui/button";
import type { Space, Whose } from "@/lib/api-types";

const ChangesDialog = dynamic(() => import("@/components/catalogue/changes-dialog"));

export interface CatalogueShown {
  space: Space;
  /** Of the connection that everybody shares, or the reader's own. */
  whose: Whose;
  /** Of the list that is shown: what comes after it is marked as seen by nobody. */
  version: number;
  unseen: number;
  /** Whether this gateway looks at all. */
  isOn: boolean;
}

/** Opens what has changed. */
export function CatalogueButton(shown: CatalogueShown) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="outline"
        aria-label={
          shown.whose === "personal" ? texts.changesOfNotions : texts.changesOfNotionsTools
        }
        onClick={() => setOpen(true)}
      >
        {texts.changes}
      </Button>
      {open && <ChangesDialog {...shown} onClose={() => setOpen(false)} />}
    </>
  );
}
