import { PolicyButton } from "@/components/policy/policy-button";
import { PolicyChoiceButton } from "@/components/policy/policy-choice-button";
import { PolicyWarnings } from "@/components/policy/policy-warnings";
import * as texts from "@/components/policy/texts";
import { Time } from "@/components/time";
import { Card, CardContent, CardFooter, CardHeader, CardTitle } from "@/components/ui/card";
import type { Space, SpacePolicy } from "@/lib/api-types";
import { inWords } from "@/lib/space-policy";

/** What may be called in the space: shown to all, chosen by owners; the details in a dialog. */
export function PolicyCard({ space, policy }: { space: Space; policy: SpacePolicy }) {
  const { title, text } = inWords(policy);
  return (
    <Card aria-labelledby="policy-title">
      <CardHeader>
        <CardTitle id="policy-title">{texts.whatMayBeCalled}</CardTitle>
        <p className="text-sm text-ink-soft">{texts.holdsForEveryMember}</p>
      </CardHeader>
      <CardContent>
        <p className="text-sm">
          <span className="font-medium">{title}</span>
          <span className="block text-ink-soft">{text}</span>
        </p>
        <PolicyWarnings warnings={policy.warnings} />
      </CardContent>
      <CardFooter className="justify-between">
        <p className="min-w-0 text-[0.8125rem] break-words text-ink-soft">
          {policy.set_by && policy.set_at
            ? texts.lastChangedBy(policy.set_by, <Time at={policy.set_at} />)
            : texts.neverChanged}
        </p>
        <div className="flex flex-wrap gap-2">
          {space.role === "owner" && <PolicyChoiceButton space={space} policy={policy} />}
          {policy.is_readable && <PolicyButton space={space} policy={policy} />}
        </div>
      </CardFooter>
    </Card>
  );
}
