"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { OnItsWay } from "@/components/on-its-way";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";

/** Makes something with a secret, and shows it, this once. */
export function ShownOnceDialog<Made>({
  open,
  onOpenChange,
  title,
  description,
  form,
  shown,
  isSecret = () => true,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: string;
  /** What makes it. */
  form: (onMade: (made: Made) => void) => ReactNode;
  shown: (made: Made, onDone: () => void) => ReactNode;
  /** Whether what was made cannot be looked at again. */
  isSecret?: (made: Made) => boolean;
}) {
  const router = useRouter();
  const [made, setMade] = useState<Made>();
  const [isOnItsWay, setIsOnItsWay] = useState(false);
  const close = (next: boolean) => {
    // It may be made already: then it has to be seen.
    if (!next && isOnItsWay) return;
    onOpenChange(next);
    if (!next) {
      setMade(undefined); // the secret is gone from the page, too
      if (made) router.refresh();
    }
  };
  // Neither a click beside it nor Escape may lose what is shown only once.
  const keep = (event: Event) => made && isSecret(made) && event.preventDefault();
  return (
    <Dialog open={open} onOpenChange={close}>
      <DialogContent className="max-w-xl" onInteractOutside={keep} onEscapeKeyDown={keep}>
        {made ? (
          shown(made, () => close(false))
        ) : (
          <>
            <DialogHead title={title}>{description}</DialogHead>
            <OnItsWay value={setIsOnItsWay}>{form(setMade)}</OnItsWay>
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}
