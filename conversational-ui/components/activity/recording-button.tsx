"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/activity/texts";
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
        {texts.whatIsRecorded}
      </Button>
      {open && <RecordingDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
