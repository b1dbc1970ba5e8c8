import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

/* 16px on phones: anything smaller makes iOS zoom into the field. */
const FIELD =
  "w-full rounded-lg border border-line-strong bg-canvas px-3 text-base sm:text-sm text-ink placeholder:text-ink-faint transition-colors hover:border-ink-faint aria-invalid:border-bad disabled:opacity-55";

export function Input({ className, type = "text", ...rest }: ComponentProps<"input">) {
  return <input type={type} className={cn(FIELD, "h-9", className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={cn(FIELD, "min-h-20 py-2", className)} {...rest} />;
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={cn(FIELD, "h-9 pr-8", className)} {...rest} />;
}

/** A label, its field, and under it what helps or what is wrong. */
export function Field({
  id,
  label,
  hint,
  error,
  children,
}: {
  id: string;
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  children: ReactNode;
}) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-error`} className="text-[0.8125rem] text-bad">
          {error}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} className="text-[0.8125rem] text-ink-soft">
            {hint}
          </p>
        )
      )}
    </div>
  );
}

type ChoiceProps = Omit<ComponentProps<"input">, "type"> & { label: string; hint?: string };

export const Checkbox = (props: ChoiceProps) => <Choice type="checkbox" {...props} />;
export const Radio = (props: ChoiceProps) => <Choice type="radio" {...props} />;

function Choice({ label, hint, ...rest }: ComponentProps<"input"> & ChoiceProps) {
  return (
    <label className="flex items-start gap-2.5 text-sm">
      <input className="mt-0.5 size-4 shrink-0 accent-accent" {...rest} />
      <span>
        <span className="font-medium">{label}</span>
        {hint && <span className="block text-[0.8125rem] text-ink-soft">{hint}</span>}
      </span>
    </label>
  );
}
