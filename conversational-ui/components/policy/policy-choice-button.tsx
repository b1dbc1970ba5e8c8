"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/policy/texts";
import { Button } from "@/components/ui/button";
import type { Space, SpacePolicy } from "@/lib/api-types";

const PolicyChoiceDialog = dynamic(() => import("@/components/policy/policy-choice-dialog"));

/** For owners: opens the presets to choose from. */
export function PolicyChoiceButton({ space, policy }: { space: Space; policy: SpacePolicy }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="outline" size="sm" onClick={() => setOpen(true)}>
        {texts.change}
      </Button>
      {open && <PolicyChoiceDialog space={space} policy={policy} onClose={() => setOpen(false)} />}
    </>
  );
}
