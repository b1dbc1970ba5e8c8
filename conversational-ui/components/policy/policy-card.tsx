"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardFooter, CardHeader, CardTitle } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { Space, SpacePolicy } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { CHOICES, type Choice, choiceOf, inWords, WORDS } from "@/lib/space-policy";
import { useWas } from "@/lib/use-was";

const PolicyDialog = dynamic(() => import("@/components/policy/policy-dialog"));

/** What may be called in the space: shown to all, chosen by owners; the details in a dialog. */
export function PolicyCard({ space, policy }: { space: Space; policy: SpacePolicy }) {
  const [open, setOpen] = useState(false);
  const wasOpened = useWas(open);
  const now = choiceOf(policy);
  return (
    <Card aria-labelledby="policy-title">
      <CardHeader>
        <CardTitle id="policy-title">What may be called</CardTitle>
        <p className="text-sm text-ink-soft">
          Holds for every member, chat and agent of the space, within two seconds.
        </p>
      </CardHeader>
      <CardContent>
        {space.role === "owner" ? (
          <Choose key={policy.version} space={space} policy={policy} now={now} />
        ) : (
          <Told policy={policy} />
        )}
      </CardContent>
      <CardFooter className="justify-between">
        <p className="min-w-0 text-[0.8125rem] break-words text-ink-soft">
          {policy.set_by && policy.set_at ? (
            <>
              Last changed by {policy.set_by}, <Time at={policy.set_at} />
            </>
          ) : (
            "Never changed"
          )}
        </p>
        {policy.is_readable && (
          <Button variant="outline" size="sm" onClick={() => setOpen(true)}>
            Tools and rules
          </Button>
        )}
      </CardFooter>
      {wasOpened && (
        <PolicyDialog
          key={policy.version} // whatever was begun was about another policy
          space={space}
          policy={policy}
          open={open}
          onOpenChange={setOpen}
        />
      )}
    </Card>
  );
}

function Told({ policy }: { policy: SpacePolicy }) {
  const { title, text } = inWords(policy);
  return (
    <p className="text-sm">
      <span className="font-medium">{title}</span>
      <span className="block text-ink-soft">{text}</span>
    </p>
  );
}

function Choose({ space, policy, now }: { space: Space; policy: SpacePolicy; now: Choice | null }) {
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
      const body = { choice, seen: policy.version };
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
            <Told policy={policy} />
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
