import type {
  ArrayFieldItemTemplateProps,
  ArrayFieldTemplateProps,
  FieldErrorProps,
  FieldPathId,
  FieldTemplateProps,
  MultiSchemaFieldTemplateProps,
  ObjectFieldTemplateProps,
  OptionalDataControlsTemplateProps,
} from "@rjsf/utils";
import { Plus, X } from "lucide-react";
import { createContext, type ReactNode, useContext } from "react";
import { JsonField } from "@/components/console/form/json-field";
import { TextInput } from "@/components/console/form/widgets";
import * as texts from "@/components/console/opened-texts";
import { Button } from "@/components/ui/button";
import { useWas } from "@/lib/use-was";

/** What a person reads of the schema is text, whatever stands in it. */
const NoTemplate = () => null;

function FieldFrame(props: FieldTemplateProps) {
  const { id, displayLabel, rawDescription, children, errors, hidden } = props;
  const item = itemName(props.fieldPathId);
  const required = props.required && item === null;
  if (hidden) return <div hidden>{children}</div>;
  const isJson = props.uiSchema?.["ui:field"] === "json";
  return (
    <div className="flex flex-col gap-1.5">
      {(displayLabel || isJson) && (
        <label htmlFor={id} className="text-sm font-medium break-words">
          {item ?? props.label}{" "}
          {required && (
            <span className="ml-0.5 text-xs font-normal text-ink-soft">{texts.required}</span>
          )}
        </label>
      )}
      {children}
      <div id={`${id}-said`} className="flex flex-col gap-1 empty:hidden">
        {errors}
        {(displayLabel || isJson) && rawDescription && (
          <p className="text-[0.8125rem] break-words text-ink-soft">{rawDescription}</p>
        )}
      </div>
    </div>
  );
}

/** What stands at a place of a list, by its place; null: it is called as the schema has it. */
function itemName({ path }: FieldPathId): string | null {
  const last = path.at(-1);
  return typeof last === "number" ? texts.item(last + 1) : null;
}

function FieldErrors({ errors = [] }: FieldErrorProps) {
  return errors.length === 0 ? null : (
    <p className="text-[0.8125rem] text-bad">{[...new Set(errors.map(String))].join(" ")}</p>
  );
}

/** Of several forms that an object may have, which; it stands in the frame of the one chosen. */
const Union = createContext<{ title: string | undefined; selector: ReactNode } | null>(null);

function UnionFrame({ schema, selector, optionSchemaField }: MultiSchemaFieldTemplateProps) {
  return <Union value={{ title: schema.title, selector }}>{optionSchemaField}</Union>;
}

function ObjectFrame(props: ObjectFieldTemplateProps) {
  const { schema, properties, fieldPathId, optionalDataControl, errorSchema } = props;
  const union = useContext(Union);
  const item = itemName(fieldPathId);
  // The union's own frame is that of the form chosen in it.
  if (schema.oneOf && properties.length === 0) return null;
  const isNeeded = (name: string) => (schema.required ?? []).includes(name);
  const needed = properties.filter(({ name }) => isNeeded(name));
  const optional = properties.filter(({ name }) => !isNeeded(name) && !isHidden(schema, name));
  const fields = (
    <Union value={null}>
      {properties.filter(({ name }) => !isNeeded(name) && isHidden(schema, name)).map(contentOf)}
      {needed.map(contentOf)}
      {needed.length === 0 ? (
        optional.map(contentOf)
      ) : (
        <Optional
          fields={optional}
          isOpen={optional.some(
            ({ name }) => isGiven(props.formData, name) || errorSchema?.[name] !== undefined,
          )}
        />
      )}
    </Union>
  );
  if (fieldPathId.path.length === 0) {
    return (
      <div className="flex flex-col gap-4 px-5 py-5">
        {properties.length === 0 && (
          <p className="text-sm text-ink-soft">{texts.itTakesNoArguments}</p>
        )}
        {fields}
      </div>
    );
  }
  return (
    <Group
      title={union?.title ?? item ?? props.title}
      required={props.required && item === null}
      description={union ? undefined : schema.description}
      isWrong={false}
      control={optionalDataControl}
    >
      {union?.selector}
      {fields}
    </Group>
  );
}

const contentOf = ({ name, content }: { name: string; content: ReactNode }) => (
  <div key={name} className="contents">
    {content}
  </div>
);

/** A constant: it is sent, and there is nothing to choose. */
const isHidden = (schema: ObjectFieldTemplateProps["schema"], name: string) => {
  const member = schema.properties?.[name];
  return typeof member === "object" && member.const !== undefined;
};

const isGiven = (value: unknown, name: string) =>
  typeof value === "object" && value !== null && (value as Record<string, unknown>)[name] != null;

function Optional({
  fields,
  isOpen,
}: {
  fields: { name: string; content: ReactNode }[];
  isOpen: boolean;
}) {
  const wasOpen = useWas(isOpen); // what is emptied stays in sight
  if (fields.length === 0) return null;
  return (
    <details open={wasOpen || undefined}>
      <summary className="w-fit text-sm text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
        {texts.optional(fields.length)}
      </summary>
      <div className="mt-4 flex flex-col gap-4">{fields.map(contentOf)}</div>
    </details>
  );
}

function ListFrame(props: ArrayFieldTemplateProps) {
  const { title, schema, items, canAdd, onAddClick, optionalDataControl } = props;
  const item = itemName(props.fieldPathId);
  return (
    <Group
      title={item ?? title}
      required={(props.required ?? false) && item === null}
      description={schema.description}
      isWrong={(props.rawErrors ?? []).length > 0}
      control={optionalDataControl}
    >
      {items}
      {canAdd && (
        <Button variant="outline" size="sm" className="self-start" onClick={onAddClick}>
          <Plus aria-hidden="true" />
          {texts.add}
        </Button>
      )}
    </Group>
  );
}

function ItemFrame({ children, index, buttonsProps }: ArrayFieldItemTemplateProps) {
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1">{children}</div>
      {buttonsProps.hasRemove && (
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label={texts.removeItem(index + 1)}
          onClick={buttonsProps.onRemoveItem}
        >
          <X aria-hidden="true" />
        </Button>
      )}
    </div>
  );
}

function Group({
  title,
  required = false,
  description,
  isWrong,
  control,
  children,
}: {
  title: string | undefined;
  required?: boolean | undefined;
  description?: string | undefined;
  isWrong: boolean;
  control: ReactNode;
  children: ReactNode;
}) {
  return (
    <fieldset
      data-invalid={isWrong}
      tabIndex={isWrong ? -1 : undefined}
      className="flex min-w-0 flex-col gap-4 rounded-xl border border-line px-4 pt-1 pb-4 data-[invalid=true]:border-bad"
    >
      <legend className="flex items-center gap-2 px-1 text-sm font-medium">
        {title}
        {required && <span className="text-xs font-normal text-ink-soft">{texts.required}</span>}
      </legend>
      {description && <p className="text-[0.8125rem] break-words text-ink-soft">{description}</p>}
      {children}
      {control}
    </fieldset>
  );
}

function OptionalControls({ label, onAddClick, onRemoveClick }: OptionalDataControlsTemplateProps) {
  return (
    <Button
      variant="outline"
      size="sm"
      className="self-start"
      onClick={onAddClick ?? onRemoveClick}
    >
      {onAddClick ? <Plus aria-hidden="true" /> : <X aria-hidden="true" />}
      {label}
    </Button>
  );
}

export const FIELDS = { json: JsonField };

export const TEMPLATES = {
  FieldTemplate: FieldFrame,
  ObjectFieldTemplate: ObjectFrame,
  ArrayFieldTemplate: ListFrame,
  ArrayFieldItemTemplate: ItemFrame,
  MultiSchemaFieldTemplate: UnionFrame,
  OptionalDataControlsTemplate: OptionalControls,
  BaseInputTemplate: TextInput,
  FieldErrorTemplate: FieldErrors,
  DescriptionFieldTemplate: NoTemplate,
  TitleFieldTemplate: NoTemplate,
};
