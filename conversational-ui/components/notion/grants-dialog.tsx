"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { MembersGrants } from "@/components/notion/members-grants";
import { useChanged } from "@/components/notion/use-connection";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Checkbox } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { GrantChoice, GrantMode, Grants, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { lending, MODE_WORDS, MODES } from "@/lib/grants";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

/** An owner's choice of whose connections are used, and an end to what members have connected. */
export default function GrantsDialog({
  space,
  grants,
  onClose,
}: {
  space: Space;
  grants: Grants;
  onClose: () => void;
}) {
  const router = useRouter();
  const changed = useChanged(space.space_id);
  const toast = useToast();
  const now = grants.choice;
  const [mode, setMode] = useState<GrantMode>(now.mode);
  const [service, setService] = useState(now.service_tokens_use_shared);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const choice = { mode, service_tokens_use_shared: service };
  const isChanged = mode !== now.mode || service !== now.service_tokens_use_shared;

  const save = (event: FormEvent) => {
    event.preventDefault();
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<GrantChoice>(spaceApi(space.space_id, "/grants"), {
        method: "PUT",
        body: choice,
      });
      if (!done.ok) return setFault(done.problem);
      toast({
        title: "It is changed whose Notion is used",
        detail: "It holds within two seconds. Nobody was disconnected.",
      });
      onClose();
      changed();
      router.refresh();
    });
  };

  return (
    <Dialog open onOpenChange={onClose}>
      <DialogContent onInteractOutside={(event) => isChanged && event.preventDefault()}>
        <DialogHeader>
          <DialogTitle>Whose Notion is used in {space.name}</DialogTitle>
          <DialogDescription>
            Pages are written in the name of whoever connected, with that person's rights. Nobody is
            disconnected by what you choose.
          </DialogDescription>
        </DialogHeader>
        <form onSubmit={save} className="flex flex-col gap-5">
          <fieldset className="flex flex-col gap-3">
            <legend className="sr-only">With whose connection people act</legend>
            {MODES.map((one) => (
              <label key={one} className="flex items-start gap-2.5 text-sm">
                <input
                  type="radio"
                  name="mode"
                  value={one}
                  checked={mode === one}
                  onChange={() => setMode(one)}
                  className="mt-0.5 size-4 shrink-0 accent-accent"
                />
                <span>
                  <span className="font-medium">{MODE_WORDS[one].title}</span>
                  <span className="block text-[0.8125rem] text-ink-soft">
                    {MODE_WORDS[one].text}
                  </span>
                </span>
              </label>
            ))}
          </fieldset>
          {mode !== "shared" && (
            <Checkbox
              label="Service tokens act with the team's connection"
              hint="They belong to nobody in particular. Without this they reach nothing."
              checked={service}
              onChange={(event) => setService(event.target.checked)}
            />
          )}
          <p className="rounded-lg bg-surface px-3.5 py-3 text-sm text-ink-soft" role="status">
            <span className="font-medium text-ink">Whoever connects the team's Notion reads: </span>
            {lending(choice, "shared", space.name)}
          </p>
          {fault && <Fault problem={fault} />}
          <DialogFooter className="mt-0">
            <Button variant="outline" onClick={onClose} disabled={pending}>
              Cancel
            </Button>
            <Button type="submit" busy={pending} disabled={!isChanged}>
              Save
            </Button>
          </DialogFooter>
        </form>
        <MembersGrants space={space} />
      </DialogContent>
    </Dialog>
  );
}
