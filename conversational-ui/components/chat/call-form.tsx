"use client";

import { Pencil } from "lucide-react";
import { useContext, useMemo, useState } from "react";
import { Arguments } from "@/components/chat/arguments";
import * as texts from "@/components/chat/opened-texts";
import { PagesOf } from "@/components/chat/use-page";
import { useTools } from "@/components/chat/use-tools";
import { LoadingForm } from "@/components/console/form/loading-form";
import SchemaForm from "@/components/console/form/schema-form";
import { Button } from "@/components/ui/button";
import { hasPlaceFor } from "@/lib/console/form-check";
import { toolForm } from "@/lib/console/form-schema";

interface CallFormProps {
  name: string;
  input: unknown;
  isEditing: boolean;
  onEditing: (isEditing: boolean) => void;
  onEdit: (input: unknown) => void;
}

/**
 * A call of a tool that no card knows: what it is given, by the names of the tool's own schema; as
 * it is where its arguments suit no form, or nobody can say what they are.
 */
export default function CallForm(props: CallFormProps) {
  const spaceId = useContext(PagesOf);
  if (spaceId === null) return <Arguments value={props.input} isFolded={false} />;
  return <InSpace {...props} spaceId={spaceId} />;
}

function InSpace({ spaceId, name, ...rest }: CallFormProps & { spaceId: string }) {
  const { list } = useTools(spaceId);
  const tool = list.state === "ready" ? list.tools.find((one) => one.name === name) : undefined;
  const form = useMemo(() => tool && toolForm(tool.inputSchema), [tool]);
  const { input } = rest;
  if (list.state === "loading") return <LoadingForm />;
  if (!form || !hasPlaceFor(form.schema, input))
    return <Arguments value={input} isFolded={false} />;
  return (
    <>
      <Filled {...rest} key={JSON.stringify(input)} form={form} />
      <Arguments value={input} isFolded />
    </>
  );
}

function Filled({
  form,
  input,
  isEditing,
  onEditing,
  onEdit,
}: Omit<CallFormProps, "name"> & {
  form: NonNullable<ReturnType<typeof toolForm>>;
}) {
  const [value, setValue] = useState(input);
  return (
    <div className="-mx-3.5 border-b border-line">
      <SchemaForm
        form={form}
        value={value}
        disabled={!isEditing}
        onValue={setValue}
        onFilled={(filled) => {
          onEdit(filled);
          onEditing(false);
        }}
      >
        <div className="flex gap-2 px-5 pb-4">
          {/* Keys: one element that became a submit button under the click would submit at once. */}
          {isEditing ? (
            <Button key="use" type="submit" size="sm">
              {texts.useThis}
            </Button>
          ) : (
            <Button key="edit" size="sm" variant="outline" onClick={() => onEditing(true)}>
              <Pencil aria-hidden="true" />
              {texts.edit}
            </Button>
          )}
          {isEditing && (
            <Button
              size="sm"
              variant="ghost"
              onClick={() => {
                setValue(input);
                onEditing(false);
              }}
            >
              {texts.asItWas}
            </Button>
          )}
        </div>
      </SchemaForm>
    </div>
  );
}
