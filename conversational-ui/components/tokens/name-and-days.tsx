"use client";

import { useFormContext } from "react-hook-form";
import * as texts from "@/components/tokens/opened-texts";
import { Field, Input, Select } from "@/components/ui/input";
import { described } from "@/lib/forms/described";
import { DAYS, daysInWords } from "@/lib/forms/limits";

/** How a program is called, and for how long it may act, as part of the form around it. */
export function NameAndDays({ id, placeholder }: { id: string; placeholder: string }) {
  const { register, formState } = useFormContext<{ name: string; days: number }>();
  const noName = formState.errors.name?.message;
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_9rem]">
      <Field id={`${id}-name`} label={texts.name} error={noName}>
        <Input
          {...described(`${id}-name`, noName)}
          {...register("name")}
          maxLength={100}
          autoComplete="off"
          placeholder={placeholder}
        />
      </Field>
      <Field id={`${id}-days`} label={texts.expiresAfter}>
        <Select id={`${id}-days`} {...register("days", { valueAsNumber: true })}>
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {daysInWords(days)}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}
