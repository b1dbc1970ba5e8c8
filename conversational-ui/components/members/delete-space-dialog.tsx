"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useEffect, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Checkbox, Field, Input } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Space, WhatGoes } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { recordedCalls, whatEnds } from "@/lib/space-end";
import { spaceApi } from "@/lib/space-paths";

/** Says what there is and goes, and asks for the space's name: it cannot be taken back. */
export default function DeleteSpaceDialog({
  open,
  onOpenChange,
  ...what
}: What & { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <Deletion {...what} />
      </DialogContent>
    </Dialog>
  );
}

interface What {
  space: Space;
  /** The person is in no other space. */
  isLast: boolean;
}

function Deletion({ space, isLast }: What) {
  const router = useRouter();
  const toast = useToast();
  const [goes, setGoes] = useState<WhatGoes>();
  const [typed, setTyped] = useState("");
  const [keepAudit, setKeepAudit] = useState(true);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const path = spaceApi(space.space_id, "/deletion");

  useEffect(() => {
    const gone = new AbortController();
    void callApi<WhatGoes>(path, { signal: gone.signal }).then((done) => {
      if (gone.signal.aborted) return;
      if (done.ok) setGoes(done.value);
      else setFault(done.problem);
    });
    return () => gone.abort();
  }, [path]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (typed !== space.name) return;
    startTransition(async () => {
      setFault(undefined);
      const body = { name: typed, keep_audit: keepAudit };
      const done = await callApi<void>(path, { method: "POST", body });
      if (!done.ok) {
        setFault(done.problem);
        return;
      }
      toast({
        title: `${space.name} is deleted`,
        detail: "Its connections are being revoked at Notion.",
      });
      router.push("/spaces");
      router.refresh();
    });
  };
  const calls = goes && recordedCalls(goes);

  return (
    <>
      <DialogHeader>
        <DialogTitle>Delete {space.name}?</DialogTitle>
        <DialogDescription>
          This cannot be taken back.
          {isLast && " It is your only space: you can make a new one afterwards."}
        </DialogDescription>
      </DialogHeader>
      <form onSubmit={submit} className="flex flex-col gap-4 text-sm">
        <div>
          <p className="font-medium">What ends</p>
          {goes ? (
            <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
              {whatEnds(goes).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          ) : (
            !fault && (
              <p role="status" className="mt-1 text-ink-soft">
                Looking what there is…
              </p>
            )
          )}
        </div>
        <div>
          <p className="font-medium">What stays</p>
          <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
            <li>Everything in Notion itself</li>
            <li>Who deleted the space and when: its people are told so at its addresses</li>
          </ul>
        </div>
        {calls && (
          <Checkbox
            label={`Keep the ${calls}`}
            hint="For as long as they would have been kept, for whoever runs the gateway. Otherwise they are deleted within hours."
            checked={keepAudit}
            onChange={(event) => setKeepAudit(event.target.checked)}
          />
        )}
        <Field
          id="delete-name"
          label="Type the space's name to confirm"
          hint={<span className="break-words">{space.name}</span>}
        >
          <Input
            id="delete-name"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-describedby="delete-name-hint"
          />
        </Field>
        {fault && <Fault problem={fault} />}
        <DialogFooter className="mt-0">
          <DialogClose asChild>
            <Button variant="outline">Cancel</Button>
          </DialogClose>
          <Button
            type="submit"
            variant="danger"
            busy={pending}
            disabled={typed !== space.name || !goes}
          >
            Delete space
          </Button>
        </DialogFooter>
      </form>
    </>
  );
}
