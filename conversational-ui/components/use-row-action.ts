import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { type ToastText, useToast } from "@/components/ui/toast";
import type { Outcome } from "@/lib/call-api";
import { focusPage } from "@/lib/focus-page";
import type { Problem } from "@/lib/problems";

/**
 * What a button in a row of a list does, where the row goes with it: the page is read again and has
 * the focus then. ``fault`` is that of the last one.
 */
export function useRowAction() {
  const router = useRouter();
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const act = (send: () => Promise<Outcome<unknown>>, said: ToastText) =>
    startTransition(async () => {
      setFault(undefined);
      const done = await send();
      if (done.ok) {
        toast(said);
        focusPage();
      } else setFault(done.problem);
      router.refresh();
    });
  return { act, pending, fault };
}
