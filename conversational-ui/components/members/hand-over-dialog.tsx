"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { pathOf } from "@/components/members/path-of";
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
import { Field, Select } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Member, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

/** What becomes of whoever hands over. */
const THEN = {
  member: "I become a member",
  owner: "I stay an owner as well",
  leave: "I leave the space",
} as const;
type Then = keyof typeof THEN;

/** Makes somebody else an owner; also for a sole owner who wants to leave, and cannot before. */
export default function HandOverDialog({
  space,
  members,
  userId,
  leaving,
  open,
  onOpenChange,
}: {
  space: Space;
  members: Member[];
  userId: string;
  /** They wanted to leave. */
  leaving: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const router = useRouter();
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const others = members.filter((one) => one.user_id !== userId);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const next = String(data.get("next"));
    const then = data.get("then") as Then;
    startTransition(async () => {
      setFault(undefined);
      const body = { user_id: next, stay_owner: then === "owner" };
      const done = await callApi<unknown>(spaceApi(space.space_id, "/hand-over"), {
        method: "POST",
        body,
      });
      if (!done.ok) {
        setFault(done.problem);
        return;
      }
      if (then === "leave") {
        const left = await callApi<void>(pathOf(space, userId), { method: "DELETE" });
        if (!left.ok) {
          setFault(left.problem);
          router.refresh();
          return;
        }
        toast({ title: `You left ${space.name}`, detail: `${next} owns it now.` });
        router.push("/");
      } else {
        toast({
          title: `${next} owns ${space.name} now`,
          detail: then === "member" ? "You are a member." : "So do you.",
        });
      }
      onOpenChange(false);
      router.refresh();
    });
  };

  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{leaving ? `Leave ${space.name}?` : `Hand over ${space.name}`}</DialogTitle>
          <DialogDescription>
            {leaving && "You are its only owner, and a space needs one. "}
            {others.length > 0
              ? "An owner connects and disconnects Notion, and decides who belongs. The connection stays as it is."
              : "There is nobody else in it who could own it."}
          </DialogDescription>
        </DialogHeader>
        {others.length > 0 ? (
          <form onSubmit={submit} className="flex flex-col gap-4">
            <Field id="next-owner" label="New owner">
              <Select id="next-owner" name="next">
                {others.map(({ user_id }) => (
                  <option key={user_id} value={user_id}>
                    {user_id}
                  </option>
                ))}
              </Select>
            </Field>
            <fieldset className="flex flex-col gap-2 text-sm">
              <legend className="mb-2 font-medium">And you</legend>
              {Object.entries(THEN).map(([value, label]) => (
                <label key={value} className="flex items-center gap-2.5">
                  <input
                    type="radio"
                    name="then"
                    value={value}
                    defaultChecked={value === (leaving ? "leave" : "member")}
                    className="size-4 shrink-0 accent-accent"
                  />
                  {label}
                </label>
              ))}
            </fieldset>
            {fault && <Fault problem={fault} />}
            <DialogFooter className="mt-0">
              <DialogClose asChild>
                <Button variant="outline">Cancel</Button>
              </DialogClose>
              <Button type="submit" busy={pending}>
                Hand over
              </Button>
            </DialogFooter>
          </form>
        ) : (
          <>
            <p className="text-sm text-ink-soft">
              Invite somebody and make them an owner once they have accepted, or delete the space at
              the end of this page.
            </p>
            <DialogFooter>
              <DialogClose asChild>
                <Button variant="outline">Close</Button>
              </DialogClose>
            </DialogFooter>
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}
