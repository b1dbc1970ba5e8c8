"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import type { AuditContents, AuditKeeping, Space } from "@/lib/api-types";

const RecordingDialog = dynamic(() => import("@/components/activity/recording-dialog"));

/** For owners: opens what is recorded of calls, and for how long. */
export function RecordingButton(props: {
  space: Space;
  keeping: AuditKeeping;
  contents: AuditContents;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="outline" size="sm" onClick={() => setOpen(true)}>
        What is recorded
      </Button>
      {open && <RecordingDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
