"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { Fault } from "@/components/fault";
import { LimitFields } from "@/components/tokens/limit-fields";
import { NewTokenShown } from "@/components/tokens/new-token-shown";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Checkbox, Field, Input, Select } from "@/components/ui/input";
import type { NewGatewayToken, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { DAYS, daysInWords } from "@/lib/forms/limits";
import { EMPTY_TOKEN, tokenForm, tokenRequest } from "@/lib/forms/token";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

export function NewTokenDialog({
  space,
  gatewayUrl,
  open,
  onOpenChange,
}: {
  space: Space;
  gatewayUrl: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const router = useRouter();
  const [made, setMade] = useState<NewGatewayToken>();
  const close = (next: boolean) => {
    onOpenChange(next);
    if (!next) {
      setMade(undefined); // the token is gone from the page, too
      if (made) router.refresh();
    }
  };
  return (
    <Dialog open={open} onOpenChange={close}>
      <DialogContent
        className="max-w-xl"
        // Neither a click beside it nor Escape may lose what is shown only once.
        onInteractOutside={(event) => made && event.preventDefault()}
        onEscapeKeyDown={(event) => made && event.preventDefault()}
      >
        {made ? (
          <NewTokenShown
            token={made}
            space={space}
            gatewayUrl={gatewayUrl}
            onDone={() => close(false)}
          />
        ) : (
          <>
            <DialogHeader>
              <DialogTitle>New gateway token</DialogTitle>
              <DialogDescription>
                With it a script or an MCP client acts in {space.name}, until it expires or you
                revoke it.
              </DialogDescription>
            </DialogHeader>
            <NewTokenForm space={space} onMade={setMade} />
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

function NewTokenForm({
  space,
  onMade,
}: {
  space: Space;
  onMade: (token: NewGatewayToken) => void;
}) {
  const [fault, setFault] = useState<Problem>();
  const form = useForm({
    resolver: standardSchemaResolver(tokenForm),
    defaultValues: EMPTY_TOKEN,
  });
  const { register, control, handleSubmit, formState } = form;
  const isService = useWatch({ control, name: "isService" });
  const submit = handleSubmit(async (said) => {
    setFault(undefined);
    const body = tokenRequest(said);
    const path = spaceApi(space.space_id, "/tokens");
    const done = await callApi<NewGatewayToken>(path, { method: "POST", body });
    if (done.ok) onMade(done.value);
    else setFault(done.problem);
  });
  const noName = formState.errors.name?.message;
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_9rem]">
          <Field id="token-name" label="Name" error={noName}>
            <Input
              {...described("token-name", noName)}
              {...register("name")}
              maxLength={100}
              autoComplete="off"
              placeholder="Claude Code on my laptop"
            />
          </Field>
          <Field id="token-days" label="Expires after">
            <Select id="token-days" {...register("days", { valueAsNumber: true })}>
              {DAYS.map((days) => (
                <option key={days} value={days}>
                  {daysInWords(days)}
                </option>
              ))}
            </Select>
          </Field>
        </div>
        {space.role === "owner" && (
          <fieldset className="flex min-w-0 flex-col gap-3">
            <legend className="mb-2 text-sm font-medium">In whose name it acts</legend>
            <Checkbox
              label="Service token"
              hint="Belongs to the space, acts by the team's connection, and manages nothing. Otherwise it acts as you do."
              {...register("isService")}
            />
          </fieldset>
        )}
        <LimitFields spaceId={space.space_id}>
          {!isService && (
            <Checkbox
              label="Manage the space"
              hint="Connect, disconnect and members, as far as you may. Chats and editors do not need it."
              {...register("canManage")}
            />
          )}
        </LimitFields>
        {fault && <Fault problem={fault} />}
        <DialogFooter className="mt-0">
          <Button type="submit" busy={formState.isSubmitting}>
            Create token
          </Button>
        </DialogFooter>
      </form>
    </FormProvider>
  );
}
