"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useForm } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import * as texts from "@/components/members/opened-texts";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Space } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { spaceForm } from "@/lib/forms/space";
import { spaceApi } from "@/lib/space-paths";

/** Gives the space another name. */
export default function RenameDialog({ space, onClose }: { space: Space; onClose: () => void }) {
  const router = useRouter();
  const toast = useToast();
  const form = useForm({
    resolver: standardSchemaResolver(spaceForm),
    defaultValues: { name: space.name },
  });
  const { register, formState } = form;
  const error = formState.errors.name?.message;
  const rename = async (body: { name: string }) => {
    const done =
      body.name === space.name
        ? { ok: true as const, value: space }
        : await callApi<Space>(spaceApi(space.space_id), { method: "PATCH", body });
    if (done.ok) {
      toast({ title: texts.theSpaceIsCalled(body.name) });
      onClose();
      router.refresh();
    }
    return problemOf(done);
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogHead title={texts.renameThisSpace}>{texts.everybodyInItSees}</DialogHead>
        <DialogForm form={form} onSend={rename} send={texts.rename}>
          <Field id="rename" label={texts.name} error={error}>
            <Input
              {...described("rename", error)}
              {...register("name")}
              maxLength={100}
              autoComplete="off"
            />
          </Field>
        </DialogForm>
      </DialogContent>
    </Dialog>
  );
}
