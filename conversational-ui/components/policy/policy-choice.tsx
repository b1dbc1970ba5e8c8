"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, type ReactNode, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import type { Space, SpacePolicy } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { CHOICES, type Choice, WORDS } from "@/lib/space-policy";

/** One of the presets for the whole space, chosen by its owners. */
export function PolicyChoice({
  space,
  version,
  now,
  children,
}: {
  space: Space;
  /** Of the policy that is shown. */
  version: number;
  now: Choice | null;
  /** The policy in words, where it is none of the choices. */
  children: ReactNode;
}) {
  const router = useRouter();
  const toast = useToast();
  const [choice, setChoice] = useState(now);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();

  const save = (event: FormEvent) => {
    event.preventDefault();
    startTransition(async () => {
      setFault(undefined);
      const path = spaceApi(space.space_id, "/policy");
      const body = { choice, seen: version };
      const done = await callApi<SpacePolicy>(path, { method: "PUT", body });
      if (!done.ok && done.problem.reason === "policy_changed") {
        // The form is made anew with what holds now, and would lose the words.
        toast({ title: "Not saved", detail: "Somebody else has changed the policy meanwhile." });
      } else if (!done.ok) setFault(done.problem);
      else toast({ title: "The policy is changed", detail: choice ? WORDS[choice].title : "" });
      router.refresh();
    });
  };

  return (
    <form onSubmit={save} className="flex flex-col gap-4">
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">What may be called</legend>
        {now === null && (
          <div className="rounded-lg bg-surface px-3.5 py-3">
            {children}
            <p className="text-[0.8125rem] text-ink-soft">
              Choosing one of these replaces it with all that was set.
            </p>
          </div>
        )}
        {CHOICES.map((one) => (
          <label key={one} className="flex items-start gap-2.5 text-sm">
            <input
              type="radio"
              name="choice"
              value={one}
              checked={choice === one}
              onChange={() => setChoice(one)}
              className="mt-0.5 size-4 shrink-0 accent-accent"
            />
            <span>
              <span className="font-medium">{WORDS[one].title}</span>
              <span className="block text-[0.8125rem] text-ink-soft">{WORDS[one].text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {fault && <Fault problem={fault} />}
      <div>
        <Button
          type="submit"
          variant="outline"
          busy={pending}
          disabled={choice === null || choice === now}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
