"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useForm } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import * as texts from "@/components/members/opened-texts";
import { pathOf } from "@/components/members/path-of";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogHead,
} from "@/components/ui/dialog";
import { Field, Radio, Select } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Member, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { handOverForm, type HandOverForm as Said } from "@/lib/forms/space";
import { spaceApi } from "@/lib/space-paths";

/** What becomes of whoever hands over. */
const BECOMES: Record<Said["becomes"], string> = {
  member: texts.iBecomeAMember,
  owner: texts.iStayAnOwnerAs,
  leave: texts.iLeaveTheSpace,
};

/** Makes somebody else an owner; also for a sole owner who wants to leave, and cannot before. */
export default function HandOverDialog({
  open,
  onOpenChange,
  ...asked
}: Asked & { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { space, leaving, others } = asked;
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <DialogHead title={leaving ? texts.leave(space.name) : texts.handOverNamed(space.name)}>
          {leaving && texts.youAreItsOnlyOwner}
          {others.length > 0 ? texts.anOwnerConnects : texts.thereIsNobodyElse}
        </DialogHead>
        {others.length > 0 ? (
          <HandOverForm {...asked} onDone={() => onOpenChange(false)} />
        ) : (
          <>
            <p className="text-sm text-ink-soft">{texts.inviteSomebodyAndMake}</p>
            <DialogFooter>
              <DialogClose asChild>
                <Button variant="outline">{texts.close}</Button>
              </DialogClose>
            </DialogFooter>
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

interface Asked {
  space: Space;
  /** Who could own it. */
  others: Member[];
  userId: string;
  /** They wanted to leave. */
  leaving: boolean;
}

function HandOverForm({ space, others, userId, leaving, onDone }: Asked & { onDone: () => void }) {
  const router = useRouter();
  const toast = useToast();
  const form = useForm<Said>({
    resolver: standardSchemaResolver(handOverForm),
    defaultValues: { next: others[0]?.user_id ?? "", becomes: leaving ? "leave" : "member" },
  });

  const { register, formState } = form;

  const handOver = async ({ next, becomes }: Said) => {
    const body = { user_id: next, stay_owner: becomes === "owner" };
    const path = spaceApi(space.space_id, "/hand-over");
    const done = await callApi<unknown>(path, { method: "POST", body });
    if (!done.ok) return done.problem;
    if (becomes === "leave") {
      const left = await callApi<void>(pathOf(space, userId), { method: "DELETE" });
      if (!left.ok) {
        router.refresh();
        return left.problem;
      }
      toast({ title: texts.youLeft(space.name), detail: texts.ownsItNow(next) });
      router.push("/");
    } else {
      toast({
        title: texts.ownsNow(next, space.name),
        detail: becomes === "member" ? texts.youAreAMember : texts.soDoYou,
      });
    }
    onDone();
    router.refresh();
    return undefined;
  };
  const noNext = formState.errors.next?.message;
  return (
    <DialogForm form={form} onSend={handOver} send={texts.handOver} cancels>
      <Field id="next-owner" label={texts.newOwner} error={noNext}>
        <Select {...described("next-owner", noNext)} {...register("next")}>
          {others.map(({ user_id }) => (
            <option key={user_id} value={user_id}>
              {user_id}
            </option>
          ))}
        </Select>
      </Field>
      <fieldset className="flex flex-col gap-2 text-sm">
        <legend className="mb-2 font-medium">{texts.andYou}</legend>
        {Object.entries(BECOMES).map(([value, label]) => (
          <Radio key={value} value={value} label={label} {...register("becomes")} />
        ))}
      </fieldset>
    </DialogForm>
  );
}
