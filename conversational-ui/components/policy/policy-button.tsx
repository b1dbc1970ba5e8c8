"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/policy/texts";
import { Button } from "@/components/ui/button";
import type { Space, SpacePolicy } from "@/lib/api-types";
import { useWas } from "@/lib/use-was";

const PolicyDialog = dynamic(() => import("@/components/policy/policy-dialog"));

/** Opens the policy tool by tool. */
export function PolicyButton({ space, policy }: { space: Space; policy: SpacePolicy }) {
  const [open, setOpen] = useState(false);
  const wasOpened = useWas(open);
  return (
    <>
      <Button variant="outline" size="sm" onClick={() => setOpen(true)}>
        {texts.toolsAndRules}
      </Button>
      {wasOpened && (
        <PolicyDialog
          key={policy.version} // whatever was begun was about another policy
          space={space}
          policy={policy}
          open={open}
          onOpenChange={setOpen}
        />
      )}
    </>
  );
}
