"use client";

import Form from "@rjsf/core/lib/components/Form.js";
import {
  ErrorSchemaBuilder,
  englishStringTranslator,
  type RJSFSchema,
  TranslatableString,
  type UiSchema,
  type ValidatorType,
} from "@rjsf/utils";
import { type ReactNode, useCallback, useId, useMemo, useRef, useState } from "react";
import { FIELDS, TEMPLATES } from "@/components/console/form/templates";
import { TellUnreadable } from "@/components/console/form/unreadable";
import { WIDGETS } from "@/components/console/form/widgets";
// Not from the package's index, which brings along a validator that makes programs of schemas.
import * as texts from "@/components/console/opened-texts";
import { complaintsOf, filledIn, isValid } from "@/lib/console/form-check";
import type { FormSchema, ToolForm } from "@/lib/console/form-schema";

/** For the library, which would make a program of the schema with its usual one. */
const VALIDATOR: ValidatorType<unknown> = {
  isValid,
  rawValidation: () => ({}),
  validateFormData: (value, schema) => {
    const complaints = complaintsOf(schema as FormSchema, value ?? {});
    const errors = new ErrorSchemaBuilder();
    for (const { path, text } of complaints) errors.addErrors(text, path);
    return {
      errors: complaints.map(({ path, text }) => ({
        property: `.${path.join(".")}`,
        message: text,
        stack: text,
      })),
      errorSchema: errors.ErrorSchema,
    };
  },
};

const PARTS: ("object" | "array")[] = ["object", "array"];

/** The form of one tool. ``onFilled`` gets what was filled in, once nothing is wrong with it. */
export default function SchemaForm({
  form,
  value,
  disabled = false,
  onValue,
  onFilled,
  children,
}: {
  form: ToolForm;
  value: unknown;
  /** Only shown. */
  disabled?: boolean;
  onValue: (value: unknown) => void;
  onFilled: (value: unknown) => void;
  /** What stands below the fields, with the button that submits. */
  children: ReactNode;
}) {
  const id = useId();
  const [wasTried, setWasTried] = useState(false);
  // What is optional and has parts of its own is there once it is asked for.
  const look = useMemo(
    () => ({ ...form.look, "ui:globalOptions": { enableOptionalDataFieldForType: PARTS } }),
    [form],
  );
  /** Fields in which something stands that is no JSON: it cannot be sent. */
  const unreadable = useRef(new Set<string>());
  const tellUnreadable = useCallback((field: string, isUnreadable: boolean) => {
    if (isUnreadable) unreadable.current.add(field);
    else unreadable.current.delete(field);
  }, []);
  const box = useRef<HTMLDivElement>(null);
  const refuse = () => {
    setWasTried(true);
    requestAnimationFrame(() =>
      box.current
        ?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid="true"]')
        ?.focus(),
    );
  };
  return (
    <div ref={box}>
      <TellUnreadable value={tellUnreadable}>
        <Form
          schema={form.schema as RJSFSchema}
          uiSchema={look as UiSchema}
          validator={VALIDATOR}
          formData={value}
          disabled={disabled}
          idPrefix={id}
          fields={FIELDS}
          templates={TEMPLATES}
          widgets={WIDGETS}
          noHtml5Validate
          showErrorList={false}
          liveValidate={wasTried ? "onChange" : false}
          translateString={translated}
          experimental_defaultFormStateBehavior={{
            emptyObjectFields: "populateRequiredDefaults",
            arrayMinItems: { populate: "requiredOnly" },
          }}
          onChange={({ formData }) => onValue(formData)}
          onError={refuse}
          onSubmit={({ formData }) =>
            unreadable.current.size > 0 ? refuse() : onFilled(filledIn(formData ?? {}))
          }
        >
          {children}
        </Form>
      </TellUnreadable>
    </div>
  );
}

function translated(words: TranslatableString, given?: string[]): string {
  if (words === TranslatableString.OptionalObjectAdd) return texts.add;
  if (words === TranslatableString.OptionalObjectRemove) return texts.leaveOut;
  return englishStringTranslator(words, given);
}
