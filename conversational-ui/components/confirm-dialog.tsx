"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import type { Outcome } from "@/lib/call-api";
import { useWas } from "@/lib/use-was";

const Content = dynamic(() => import("@/components/confirm-dialog-content"));

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: string;
  children?: ReactNode;
  confirm: string;
  /** What it was opened from goes with what is confirmed. */
  takesOpenerAway?: boolean;
  onConfirm: () => Promise<Outcome<unknown>>;
}

/**
 * Asks before something that cannot be taken back, and says what will be gone. Its code comes
 * when it is opened first.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return useWas(props.open) && <Content {...props} />;
}
