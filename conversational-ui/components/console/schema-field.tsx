"use client";

import { Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Checkbox, Input, Select, Textarea } from "@/components/ui/input";
import {
  type Complaint,
  type Draft,
  emptyDraft,
  type Field,
  type Member,
} from "@/lib/chat/schema-form";
import { cn } from "@/lib/cn";

interface Props {
  field: Field;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  path: (string | number)[];
  id: string;
  required: boolean;
  complaints: Complaint[];
}

/** One field of a tool's form, with everything below it. */
export function SchemaField(props: Props) {
  const { field, draft, path } = props;
  if (field.kind === "group" && path.length === 0) return <Members {...props} field={field} />;
  switch (field.kind) {
    case "group":
      return (
        <Framed {...props}>
          <Members {...props} field={field} />
        </Framed>
      );
    case "list":
      return (
        <Framed {...props}>
          <Items {...props} field={field} />
        </Framed>
      );
    case "variants":
      return (
        <Framed {...props}>
          <Variants {...props} field={field} />
        </Framed>
      );
    case "boolean":
      return (
        <div className="flex items-start justify-between gap-2">
          <Checkbox
            label={labelOf(props)}
            {...(field.description ? { hint: field.description } : {})}
            checked={draft === true}
            onChange={(event) => props.onDraft(event.target.checked)}
          />
          <LeaveOut {...props} />
        </div>
      );
    default:
      return <Single {...props} />;
  }
}

const idOf = ({ id, path }: Pick<Props, "id" | "path">) => [id, ...path].join("-");
const labelOf = ({ field, path }: Pick<Props, "field" | "path">): string => {
  const last = path.at(-1);
  return field.label || (typeof last === "number" ? `Item ${last + 1}` : (last ?? "Value"));
};
const complaintAt = ({ complaints, path }: Pick<Props, "complaints" | "path">) =>
  complaints.find((one) => one.path === path.join("."))?.text;

function LeftOut(props: Props) {
  const { description } = props.field;
  return (
    <Button
      variant="outline"
      size="sm"
      className="h-7! rounded-full! font-normal!"
      {...(description ? { title: description, "aria-description": description } : {})}
      onClick={() => props.onDraft(emptyDraft(props.field))}
    >
      <Plus aria-hidden="true" />
      {labelOf(props)}
    </Button>
  );
}

function LeaveOut(props: Props) {
  if (props.required) return null;
  return (
    <Button
      variant="ghost"
      size="icon-sm"
      aria-label={`Leave out ${labelOf(props)}`}
      className="-my-1"
      onClick={() => props.onDraft(undefined)}
    >
      <X aria-hidden="true" />
    </Button>
  );
}

function Single(props: Props) {
  const { field, draft, onDraft, required } = props;
  const id = idOf(props);
  const error = complaintAt(props);
  const text = typeof draft === "string" ? draft : "";
  const shared = {
    id,
    "aria-invalid": error !== undefined,
    "aria-required": required,
    "aria-describedby": `${id}-hint`,
  };
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center justify-between gap-2">
        <label htmlFor={id} className="text-sm font-medium">
          {labelOf(props)}
          {required && <span className="ml-1.5 text-xs font-normal text-ink-soft">required</span>}
        </label>
        <LeaveOut {...props} />
      </div>
      {field.kind === "choice" ? (
        <Select {...shared} value={text} onChange={(event) => onDraft(event.target.value)}>
          <option value="">Choose…</option>
          {field.options.map((option, index) => (
            <option key={String(option)} value={index}>
              {typeof option === "string" ? option : JSON.stringify(option)}
            </option>
          ))}
        </Select>
      ) : field.kind === "json" || (field.kind === "text" && field.long) ? (
        <Textarea
          {...shared}
          value={text}
          spellCheck={field.kind !== "json"}
          onChange={(event) => onDraft(event.target.value)}
          className={cn(field.kind === "json" && "font-mono text-xs!")}
        />
      ) : (
        <Input
          {...shared}
          inputMode={field.kind === "number" ? "decimal" : undefined}
          value={text}
          onChange={(event) => onDraft(event.target.value)}
        />
      )}
      <p id={`${id}-hint`} className={cn("text-[0.8125rem]", error ? "text-bad" : "text-ink-soft")}>
        {error ??
          [field.kind === "json" ? "As JSON." : null, field.description].filter(Boolean).join(" ")}
      </p>
    </div>
  );
}

function Framed(props: Props & { children: React.ReactNode }) {
  const { field, children, required } = props;
  const error = complaintAt(props);
  return (
    <fieldset className="min-w-0 rounded-xl border border-line px-4 pt-1 pb-4">
      <legend className="flex items-center gap-1 px-1 text-sm font-medium">
        {labelOf(props)}
        {required && <span className="text-xs font-normal text-ink-soft">required</span>}
        <LeaveOut {...props} />
      </legend>
      {field.description && (
        <p className="mb-3 text-[0.8125rem] text-ink-soft">{field.description}</p>
      )}
      {children}
      {error && <p className="mt-2 text-[0.8125rem] text-bad">{error}</p>}
    </fieldset>
  );
}

function Members({ field, ...props }: Props & { field: Extract<Field, { kind: "group" }> }) {
  const given =
    typeof props.draft === "object" && "members" in props.draft ? props.draft.members : {};
  if (field.members.length === 0) {
    return <p className="text-sm text-ink-soft">This tool takes no arguments.</p>;
  }
  const propsOf = ({ name, required, field: inner }: Member) => ({
    ...props,
    field: inner,
    draft: given[name],
    path: [...props.path, name],
    required,
    onDraft: (draft: Draft) => props.onDraft({ members: { ...given, [name]: draft } }),
  });
  const leftOut = field.members.filter(
    ({ name, required }) => !required && given[name] === undefined,
  );
  return (
    <div className="flex flex-col gap-4">
      {field.members
        .filter((member) => !leftOut.includes(member))
        .map((member) => (
          <SchemaField key={member.name} {...propsOf(member)} />
        ))}
      {leftOut.length > 0 && (
        <div className="flex flex-wrap items-center gap-1.5">
          <span className="mr-1 text-[0.8125rem] text-ink-soft">Optional</span>
          {leftOut.map((member) => (
            <LeftOut key={member.name} {...propsOf(member)} />
          ))}
        </div>
      )}
    </div>
  );
}

function Items({ field, ...props }: Props & { field: Extract<Field, { kind: "list" }> }) {
  const list = typeof props.draft === "object" && "list" in props.draft ? props.draft.list : [];
  return (
    <div className="flex flex-col gap-3">
      {list.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items have nothing else to go by
        <div key={index} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <SchemaField
              {...props}
              field={field.item}
              draft={item}
              path={[...props.path, index]}
              required
              onDraft={(draft) =>
                props.onDraft({ list: list.map((one, at) => (at === index ? draft : one)) })
              }
            />
          </div>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Remove item ${index + 1}`}
            onClick={() => props.onDraft({ list: list.filter((_, at) => at !== index) })}
          >
            <X aria-hidden="true" />
          </Button>
        </div>
      ))}
      <Button
        variant="outline"
        size="sm"
        className="self-start"
        onClick={() => props.onDraft({ list: [...list, emptyDraft(field.item)] })}
      >
        <Plus aria-hidden="true" />
        Add
      </Button>
    </div>
  );
}

function Variants({ field, ...props }: Props & { field: Extract<Field, { kind: "variants" }> }) {
  const { draft } = props;
  const now =
    typeof draft === "object" && "variant" in draft ? draft : { variant: 0, draft: undefined };
  const variant = field.variants[now.variant];
  const id = `${idOf(props)}-variant`;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-1.5">
        <label htmlFor={id} className="text-sm font-medium">
          Form
        </label>
        <Select
          id={id}
          value={now.variant}
          onChange={(event) => {
            const chosen = Number(event.target.value);
            const next = field.variants[chosen];
            props.onDraft({ variant: chosen, draft: next && emptyDraft(next) });
          }}
        >
          {field.variants.map(({ label }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may have the same name
            <option key={index} value={index}>
              {label || `Form ${index + 1}`}
            </option>
          ))}
        </Select>
      </div>
      {variant?.kind === "group" ? (
        <Members
          {...props}
          field={variant}
          draft={now.draft}
          onDraft={(inner) => props.onDraft({ variant: now.variant, draft: inner })}
        />
      ) : (
        variant && (
          <SchemaField
            {...props}
            field={variant}
            draft={now.draft}
            required
            onDraft={(inner) => props.onDraft({ variant: now.variant, draft: inner })}
          />
        )
      )}
    </div>
  );
}
