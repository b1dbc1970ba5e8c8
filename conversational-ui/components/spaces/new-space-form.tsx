"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import type { Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
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
  const [pending, startTransition] = useTransition();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name")).trim();
    startTransition(async () => {
      setFault(undefined);
      const made = await callApi<Pick<Space, "space_id">>("/api/spaces", {
        method: "POST",
        body: { name },
      });
      if (!made.ok) {
        setFault(made.problem);
        return;
      }
      rememberSpace(made.value.space_id, userId);
      onDone?.();
      router.push(spacePath(made.value.space_id, "integrations"));
      router.refresh();
    });
  };
  const create = (
    <Button type="submit" busy={pending}>
      Create space
    </Button>
  );
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field
        id="space-name"
        label="Name"
        hint="Your team's or project's name. It can be changed later."
      >
        <Input
          id="space-name"
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          aria-describedby="space-name-hint"
          placeholder="Product team"
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
