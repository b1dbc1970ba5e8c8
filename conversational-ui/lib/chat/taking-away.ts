import { isRecord } from "@/lib/chat/change-words";
import type { ArgumentRule } from "@/lib/policy-document";

/**
 * What the gateway says of a tool: every call takes away what is there, or those that one of its
 * rules holds for. Absent where the gateway does not know the tool, or was not asked.
 */
export type TakingAway = true | ArgumentRule[];

/** Whether the call takes away what is there; where the gateway does not say, ``isDestructive``. */
export function takesAway(
  judged: TakingAway | undefined,
  input: unknown,
  isDestructive: boolean,
): boolean {
  if (judged === undefined) return isDestructive;
  return judged === true || judged.some((rule) => holds(rule, input));
}

/** As it was kept with a call; whatever else stands there says nothing. */
export function asTakingAway(value: unknown): TakingAway | undefined {
  if (value === true) return true;
  const isRules =
    Array.isArray(value) && value.every((one) => isRecord(one) && typeof one.path === "string");
  return isRules ? (value as ArgumentRule[]) : undefined;
}

/**
 * As the gateway decides it, by whatever some reader would make of the arguments: both pass the
 * cases of ``tests/shared/taking-away.json``. A form that is not known here holds.
 */
function holds(rule: ArgumentRule, input: unknown): boolean {
  const found = rule.path
    .split(".")
    .reduce<unknown[]>((inside, name) => inside.flatMap((one) => membersOf(one, name)), [input]);
  const wanted = rule.in ?? (rule.is === undefined || rule.is === null ? null : [rule.is]);
  const { contains } = rule;
  if (contains) {
    return found.flatMap(leaves).some((one) => textOf(one).includes(contains.toLowerCase()));
  }
  if (!wanted) return true;
  return found.flatMap(leaves).some((one) => wanted.some((value) => mayBe(one, value)));
}

const spoken = (name: string) => name.toLowerCase().replace(/[-_\s]/g, "");

function membersOf(value: unknown, name: string): unknown[] {
  const read = typeof value === "string" ? inJson(value) : value;
  if (Array.isArray(read)) return read.flatMap((one) => membersOf(one, name));
  if (!isRecord(read)) return [];
  return Object.entries(read).flatMap(([key, inner]) =>
    spoken(key) === spoken(name) ? [inner] : [],
  );
}

/** Each value in it that holds no other; a text that is JSON, and what stands in it as well. */
function leaves(value: unknown): unknown[] {
  const inner = isRecord(value) ? Object.values(value) : Array.isArray(value) ? value : [];
  if (inner.length > 0) return inner.flatMap(leaves);
  const read = typeof value === "string" ? inJson(value) : undefined;
  return read === undefined ? [value] : [value, ...leaves(read)];
}

/** What a text says that is an object, a list or a text in JSON. */
function inJson(text: string): unknown {
  if (!/^\s*[{["]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NOT_TRUE = ["", "0", "false", "no", "off", "null", "none"];
const NOT_FALSE = ["1", "true", "yes", "on"];

function mayBe(value: unknown, wanted: unknown): boolean {
  const text = textOf(value);
  if (typeof wanted === "boolean") return !(wanted ? NOT_TRUE : NOT_FALSE).includes(text);
  return text === textOf(wanted) || spoken(text) === spoken(textOf(wanted));
}

const textOf = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).trim().toLowerCase();
