"use client";

import type { ReactNode } from "react";
import { useController, useFormContext, useWatch } from "react-hook-form";
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
      <legend className="mb-2 text-sm font-medium">What it may do</legend>
      <Checkbox
        label="Read only"
        hint="Tools that may change something in Notion are refused."
        {...register("readOnly", { deps: "tools" })}
      />
      <Checkbox
        label="Only some tools"
        hint="Others are hidden and refused."
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
