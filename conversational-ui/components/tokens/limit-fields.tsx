"use client";

import type { ReactNode } from "react";
import { useController, useFormContext, useWatch } from "react-hook-form";
import * as texts from "@/components/tokens/opened-texts";
import { ToolChoice } from "@/components/tokens/tool-choice";
import { Checkbox } from "@/components/ui/input";
import type { Limits } from "@/lib/forms/limits";

/** What a program may do, as part of the form around it (`FormProvider`). */
export function LimitFields({
  spaceId,
  children,
}: {
  spaceId: string;
  /** What else it may. */
  children?: ReactNode;
}) {
  const { control, register } = useFormContext<Limits>();
  const [readOnly, onlySome] = useWatch({ control, name: ["readOnly", "onlySome"] });
  const { field: tools, fieldState } = useController({ control, name: "tools" });
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-2 text-sm font-medium">{texts.whatItMayDo}</legend>
      <Checkbox
        label={texts.readOnly}
        hint={texts.toolsThatMayChange}
        {...register("readOnly", { deps: "tools" })}
      />
      <Checkbox
        label={texts.onlySomeTools}
        hint={texts.othersAreHidden}
        {...register("onlySome", { deps: "tools" })}
      />
      {onlySome && (
        <ToolChoice
          spaceId={spaceId}
          readOnly={readOnly}
          chosen={tools.value}
          onChoose={tools.onChange}
        />
      )}
      {fieldState.error && (
        <p role="alert" className="text-[0.8125rem] text-bad">
          {fieldState.error.message}
        </p>
      )}
      {children}
    </fieldset>
  );
}
