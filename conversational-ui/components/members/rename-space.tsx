"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";

export function RenameSpace({ space }: { space: Space }) {
  const router = useRouter();
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name")).trim();
    if (name === space.name) {
      toast({ title: `The space is called ${name} already` });
      return;
    }
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<Space>(`/api/spaces/${encodeURIComponent(space.space_id)}`, {
        method: "PATCH",
        body: { name },
      });
      if (!done.ok) {
        setFault(done.problem);
        return;
      }
      toast({ title: `The space is called ${name} now` });
      router.refresh();
    });
  };
  return (
    <section aria-labelledby="name-title">
      <h2 id="name-title" className="text-base font-semibold">
        This space
      </h2>
      <Card className="mt-3">
        <form onSubmit={submit} className="flex flex-col gap-3 p-5">
          <div className="flex flex-wrap items-end gap-3">
            <div className="min-w-0 flex-1 basis-52">
              <Field id="rename" label="Name">
                <Input
                  id="rename"
                  name="name"
                  key={space.name}
                  defaultValue={space.name}
                  required
                  maxLength={100}
                  autoComplete="off"
                />
              </Field>
            </div>
            <Button type="submit" variant="outline" busy={pending}>
              Rename
            </Button>
          </div>
          {fault && <Fault problem={fault} />}
          <p className="text-[0.8125rem] text-ink-soft">
            Its id, for scripts:{" "}
            <code className="font-mono text-xs break-all text-ink">{space.space_id}</code>
          </p>
        </form>
      </Card>
    </section>
  );
}
