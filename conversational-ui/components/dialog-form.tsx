"use client";

import { type ReactNode, use, useState } from "react";
import { type FieldValues, FormProvider, type UseFormReturn } from "react-hook-form";
import { Fault } from "@/components/fault";
import { OnItsWay } from "@/components/on-its-way";
import * as texts from "@/components/opened-texts";
import { Button } from "@/components/ui/button";
import { DialogClose, DialogFooter } from "@/components/ui/dialog";
import type { Problem } from "@/lib/problems";

/** The form of a dialog: its fields, under them what went wrong, and the button that sends it. */
export function DialogForm<Said extends FieldValues>({
  form,
  onSend,
  send,
  cancels = false,
  isDanger = false,
  disabled = false,
  children,
}: {
  form: UseFormReturn<Said>;
  /** Returns what went wrong, where no field says it. */
  onSend: (said: Said) => Promise<Problem | undefined>;
  send: string;
  /** Beside it stands a button that closes the dialog. */
  cancels?: boolean;
  isDanger?: boolean;
  disabled?: boolean;
  children: ReactNode;
}) {
  const [fault, setFault] = useState<Problem>();
  const tell = use(OnItsWay);
  const submit = form.handleSubmit(async (said) => {
    setFault(undefined);
    tell(true);
    setFault(await onSend(said).finally(() => tell(false)));
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        {children}
        {fault && <Fault problem={fault} />}
        <DialogFooter className="mt-0">
          {cancels && (
            <DialogClose asChild>
              <Button variant="outline">{texts.cancel}</Button>
            </DialogClose>
          )}
          <Button
            type="submit"
            variant={isDanger ? "danger" : "primary"}
            busy={form.formState.isSubmitting}
            disabled={disabled}
          >
            {send}
          </Button>
        </DialogFooter>
      </form>
    </FormProvider>
  );
}
