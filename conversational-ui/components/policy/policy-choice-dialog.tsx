"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useForm } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import * as texts from "@/components/policy/opened-texts";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Radio } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Space, SpacePolicy } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { type PolicyForm, policyForm } from "@/lib/forms/policy";
import { spaceApi } from "@/lib/space-paths";
import { CHOICES, choiceOf, inWords, WORDS } from "@/lib/space-policy";

interface Props {
  space: Space;
  policy: SpacePolicy;
  onClose: () => void;
}

/** One of the presets for the whole space, chosen by its owners. */
export default function PolicyChoiceDialog(props: Props) {
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()}>
      <DialogContent>
        <DialogHead title={texts.whatMayBeCalled}>{texts.holdsForEveryMember}</DialogHead>
        {/* Whatever was begun was about another policy. */}
        <ChoiceForm key={props.policy.version} {...props} />
      </DialogContent>
    </Dialog>
  );
}

function ChoiceForm({ space, policy, onClose }: Props) {
  const router = useRouter();
  const toast = useToast();
  const now = choiceOf(policy);
  const form = useForm<PolicyForm>({
    resolver: standardSchemaResolver(policyForm),
    defaultValues: now === null ? {} : { choice: now },
  });
  const { register, formState } = form;
  const save = async ({ choice }: PolicyForm) => {
    const path = spaceApi(space.space_id, "/policy");
    const body = { choice, seen: policy.version };
    const done = await callApi<SpacePolicy>(path, { method: "PUT", body });
    router.refresh();
    if (!done.ok && done.problem.reason === "policy_changed") {
      // The form is made anew with what holds now, and would lose the words.
      toast({ title: texts.notSaved, detail: texts.somebodyElseHas });
      return undefined;
    }
    if (done.ok) {
      toast({ title: texts.thePolicyIsChanged, detail: WORDS[choice].title });
      onClose();
    }
    return problemOf(done);
  };
  return (
    <DialogForm form={form} onSend={save} send={texts.save} cancels disabled={!formState.isDirty}>
      <fieldset className="flex flex-col gap-3">
        <legend className="sr-only">{texts.whatMayBeCalled}</legend>
        {now === null && (
          <p className="rounded-lg bg-surface px-3.5 py-3 text-sm">
            <span className="font-medium">{inWords(policy).title}</span>
            <span className="block text-ink-soft">{texts.choosingOneOfThese}</span>
          </p>
        )}
        {CHOICES.map((one) => (
          <Radio
            key={one}
            value={one}
            label={WORDS[one].title}
            hint={WORDS[one].text}
            {...register("choice")}
          />
        ))}
      </fieldset>
    </DialogForm>
  );
}
