import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { textsIn } from "@/scripts/texts-in";

const ROOT = `${import.meta.dirname}/..`;

const files = globSync("{app,components}/**/*.{ts,tsx}", { cwd: ROOT }).filter(
  (file) => !/\.test\.|^app\/api\//.test(file),
);
const texts = files.filter((file) => /(^|\/)([a-z]+-)?texts\.tsx?$/.test(file));
const others = files.filter((file) => !texts.includes(file));
/** Of lib, what may be shown to people: all but what the gateway's description makes. */
const words = globSync("lib/*.ts", { cwd: ROOT })
  .concat(globSync("lib/{chat,console,forms}/*.ts", { cwd: ROOT }))
  .filter((file) => !/\.test\.|gateway-api/.test(file));
const sourceOf = (file: string) => readFileSync(`${ROOT}/${file}`, "utf8");

describe("what people read", () => {
  it.each(others)("stands not in %s, but in the texts of its feature", (file) => {
    expect(textsIn(sourceOf(file))).toEqual([]);
  });

  const named = /\b(principals?|user ids?|upstreams?|character class(es)?)\b/i;

  it.each(texts)("says account name and colleague, as people do, in %s", (file) => {
    expect(textsIn(sourceOf(file)).filter((text) => named.test(text))).toEqual([]);
  });

  it.each(words)("says so also in %s", (file) => {
    const quoted = sourceOf(file).match(/"[^"\n]*"|`[^`]*`/g) ?? [];
    expect(quoted.filter((text) => / /.test(text) && named.test(text))).toEqual([]);
  });

  it("has words of programs that are found", () => {
    const found = textsIn('export const hint = "Enter the user id.";');
    expect(found.filter((text) => named.test(text))).toHaveLength(1);
  });

  it.each(texts)("is used, all of %s", (file) => {
    const name = `"@/${file.replace(/\.tsx?$/, "")}"`;
    const users = files.map(sourceOf).filter((source) => source.includes(name));
    const isUsed = (text: string) => users.some((one) => new RegExp(`\\b${text}\\b`).test(one));
    const all = sourceOf(file).matchAll(/^export const (\w+)/gm);
    expect([...all].map(([, text = ""]) => text).filter((text) => !isUsed(text))).toEqual([]);
  });

  it.each([
    ["between tags", "<p>Not connected</p>"],
    ["between tags, in small letters", "<option>any</option>"],
    ["between tags, by an expression", '<p>{isOpen ? "open" : "shut"}</p>'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source that is looked at
    ["between tags, with something filled in", "<p>{`${name} left`}</p>"],
    ["in an attribute", '<input placeholder="name" />'],
    ["in an attribute of a component", '<Field lead="What it works with." />'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    ["in an attribute, filled in", "<a aria-label={`Remove ${name}`} />"],
    ["in a note", 'toast({ title: "Saved", detail })'],
    ["in what is drawn later", 'const WORDS = { stopped: "You stopped this answer." }'],
    ["in what is put together", 'const words = name + " is here"'],
  ])("is found %s", (_, source) => {
    expect(textsIn(source)).not.toEqual([]);
  });

  it.each([
    ["classes", '<p className="px-2 text-sm">{text}</p>'],
    ["classes by a condition", 'const look = isOpen ? "bg-good px-2" : "border border-line px-2"'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source that is looked at
    ["an address", "fetch(`/api/spaces/${id}`)"],
    ["a state", 'setState("loading")'],
    ["a key that is compared with", 'if (event.key === "Escape") leave();'],
    ["a type", 'type Place = "this browser" | "The gateway";'],
    ["signs alone", '<p>{name}{" · "}{role}</p>'],
  ])("is not %s", (_, source) => {
    expect(textsIn(source)).toEqual([]);
  });
});
