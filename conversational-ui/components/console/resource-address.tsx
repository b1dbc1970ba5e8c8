"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useForm } from "react-hook-form";
import * as texts from "@/components/console/opened-texts";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { described } from "@/lib/forms/described";
import { type ResourceForm, resourceForm } from "@/lib/forms/resource";

/** What stands for the parts of a template is filled in before it is read. */
export default function ResourceAddress({
  template,
  onRead,
}: {
  template: string;
  onRead: (address: string) => void;
}) {
  const { register, handleSubmit, formState } = useForm<ResourceForm>({
    resolver: standardSchemaResolver(resourceForm),
    defaultValues: { address: template },
  });
  const error = formState.errors.address?.message;
  return (
    <form
      onSubmit={handleSubmit(({ address }) => onRead(address))}
      noValidate
      className="mt-4 flex flex-col gap-3"
    >
      <Field id="resource-address" label={texts.address} error={error} hint={texts.putWhatYouWant}>
        <Input
          {...described("resource-address", error, true)}
          {...register("address")}
          className="font-mono"
        />
      </Field>
      <Button type="submit" className="self-start">
        {texts.read}
      </Button>
    </form>
  );
}
