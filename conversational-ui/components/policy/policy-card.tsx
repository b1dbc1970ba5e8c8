"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { Space, SpacePolicy } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { CHOICES, type Choice, choiceOf, WORDS } from "@/lib/space-policy";

/** What may be called in the space: shown to all, chosen by owners. */
export function PolicyCard({ space, policy }: { space: Space; policy: SpacePolicy }) {
  const now = choiceOf(policy);
  return (
    <Card aria-labelledby="policy-title">
      <CardHeader>
        <CardTitle id="policy-title">What may be called</CardTitle>
        <p className="text-sm text-ink-soft">
          Holds for every member, chat and agent of the space, within two seconds.
          {policy.set_by && policy.set_at && (
            <>
              {" "}
              Set by {policy.set_by}, <Time at={policy.set_at} />.
            </>
          )}
        </p>
      </CardHeader>
      <CardContent>
        {space.role === "owner" ? (
          <Choose space={space} policy={policy} now={now} />
        ) : (
          <p className="text-sm">
            <span className="font-medium">{now ? WORDS[now].title : OWN.title}</span>
            <span className="block text-ink-soft">{now ? WORDS[now].text : OWN.text}</span>
          </p>
        )}
      </CardContent>
    </Card>
  );
}

const OWN = {
  title: "Rules of its own",
  text: "notion-gateway policy show prints them. Choosing something else here replaces them.",
};

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
      const path = `/api/spaces/${encodeURIComponent(space.space_id)}/policy`;
      const body = { choice, seen: policy.version };
      const done = await callApi<SpacePolicy>(path, { method: "PUT", body });
      if (!done.ok && done.problem.reason === "policy_changed") {
        // The card is made anew with what holds now, and would lose the words.
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
          <p className="text-sm">
            <span className="font-medium">{OWN.title}</span>
            <span className="block text-ink-soft">{OWN.text}</span>
          </p>
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
