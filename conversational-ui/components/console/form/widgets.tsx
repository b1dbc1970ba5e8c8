import {
  type BaseInputTemplateProps,
  enumOptionSelectedValue,
  enumOptionValueDecoder,
  enumOptionValueEncoder,
  type WidgetProps,
} from "@rjsf/utils";
import * as texts from "@/components/console/opened-texts";
import { Checkbox, Input, Select, Textarea } from "@/components/ui/input";

const shared = ({ id, required, disabled, readonly, rawErrors }: WidgetProps) => ({
  id,
  required: required ?? false,
  disabled: Boolean(disabled || readonly),
  "aria-invalid": (rawErrors ?? []).length > 0,
  "aria-describedby": `${id}-said`,
});

/** Also for numbers: what is typed stays there, and is said to be none. */
export function TextInput(props: BaseInputTemplateProps) {
  const { value, schema, options, onChange } = props;
  const isNumber = schema.type === "number" || schema.type === "integer";
  return (
    <Input
      {...shared(props)}
      inputMode={isNumber ? "decimal" : "text"}
      autoComplete="off"
      value={value ?? ""}
      onChange={({ target }) => onChange(target.value === "" ? options.emptyValue : target.value)}
    />
  );
}

function LongText(props: WidgetProps) {
  const { value, options, onChange } = props;
  return (
    <Textarea
      {...shared(props)}
      rows={4}
      value={value ?? ""}
      onChange={({ target }) => onChange(target.value === "" ? options.emptyValue : target.value)}
    />
  );
}

function Choice(props: WidgetProps) {
  const { value, options, onChange, label, hideLabel } = props;
  const { enumOptions, emptyValue } = options;
  return (
    <Select
      {...shared(props)}
      aria-label={hideLabel ? texts.formOf(label) : undefined}
      value={enumOptionSelectedValue(value, enumOptions, false, "indexed", "") as string}
      onChange={({ target }) =>
        onChange(enumOptionValueDecoder(target.value, enumOptions, "indexed", emptyValue))
      }
    >
      {value === undefined && <option value="">{texts.choose}</option>}
      {value !== undefined && !props.required && !hideLabel && (
        <option value="">{texts.nothing}</option>
      )}
      {enumOptions?.map(({ value: one, label: words }, index) => (
        <option key={String(one)} value={enumOptionValueEncoder(one, index, "indexed")}>
          {words}
        </option>
      ))}
    </Select>
  );
}

function YesOrNo(props: WidgetProps) {
  const { value, label, schema, onChange } = props;
  const { required: _, ...rest } = shared(props);
  return (
    <Checkbox
      {...rest}
      label={label}
      {...(schema.description ? { hint: schema.description } : {})}
      checked={value === true}
      onChange={({ target }) => onChange(target.checked)}
    />
  );
}

export const WIDGETS = {
  TextareaWidget: LongText,
  textarea: LongText,
  SelectWidget: Choice,
  select: Choice,
  CheckboxWidget: YesOrNo,
  checkbox: YesOrNo,
};
