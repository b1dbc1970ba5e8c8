"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { useForm } from "react-hook-form";
import { Fault } from "@/components/fault";
import * as texts from "@/components/spaces/texts";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import type { Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { spaceForm } from "@/lib/forms/space";
import type { Problem } from "@/lib/problems";
import { rememberSpace } from "@/lib/space-cookie";
import { spacePath } from "@/lib/space-paths";

export function NewSpaceForm({
  userId,
  onDone,
  inDialog = false,
}: {
  userId: string;
  onDone?: () => void;
  inDialog?: boolean;
}) {
  const router = useRouter();
  const [fault, setFault] = useState<Problem>();
  const [isOpening, startTransition] = useTransition();
  const { register, handleSubmit, formState } = useForm({
    resolver: standardSchemaResolver(spaceForm),
    defaultValues: { name: "" },
  });
  const submit = handleSubmit(async (body) => {
    setFault(undefined);
    const made = await callApi<Pick<Space, "space_id">>("/api/spaces", { method: "POST", body });
    if (!made.ok) {
      setFault(made.problem);
      return;
    }
    rememberSpace(made.value.space_id, userId);
    onDone?.();
    startTransition(() => {
      router.push(spacePath(made.value.space_id, "integrations"));
      router.refresh();
    });
  });
  const error = formState.errors.name?.message;
  const create = (
    <Button type="submit" busy={formState.isSubmitting || isOpening}>
      {texts.createSpace}
    </Button>
  );
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field id="space-name" label={texts.name} error={error} hint={texts.yourTeamsOrProjects}>
        <Input
          {...described("space-name", error, true)}
          {...register("name")}
          maxLength={100}
          autoComplete="off"
          placeholder={texts.productTeam}
        />
      </Field>
      {fault && <Fault problem={fault} />}
      {inDialog ? (
        <div className="mt-2 flex justify-end max-sm:[&>*]:flex-1">{create}</div>
      ) : (
        <div>{create}</div>
      )}
    </form>
  );
}
