// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import Markdown from "@/components/chat/markdown";
import { withFormulaeAsTyped } from "@/lib/chat/formulae";

afterEach(cleanup);

/** What somebody reads of it. */
function read(typed: string, live = false): string {
  const { container } = render(<Markdown text={typed} live={live} />);
  return container.textContent ?? "";
}

it.each([
  "The area is $\\pi r^2$.",
  "$$a_1 + b_1 = c_1$$",
  "It costs $5, or $6 with tax.",
  "A set is $\\{x \\mid x > 0\\}$, and its size \\(a*b*c\\) or $a*b*c$.",
  "\\[ \\sum_{i=1}^{n} x_i \\]",
  "$$\\begin{matrix} a & b \\\\ c & d \\end{matrix}$$",
  "Let \\(n\\) be $\\$5$.",
  "$$\na = b\n= c\n$$",
  "$$x <b>y</b> &amp; z$$",
])("a formula in an answer is left as it was typed: %s", (typed) => {
  for (const live of [false, true]) expect(read(typed, live)).toContain(typed);
  expect(document.querySelector("em, b, h1, h2")).toBeNull();
});

it.each([
  ["It costs \\$5 or \\$6.", "It costs $5 or $6."],
  ["\\(not a link\\) and \\[1\\]", "(not a link) and [1]"],
  ["Ask for `\\(x^2\\)` and `$a*b*c$`.", "Ask for \\(x^2\\) and $a*b*c$."],
  ["Pay $5 *now* or $6", "Pay $5 now or $6"],
  [
    "[pay](https://a.example/$x) and [get](https://c.example/$z)",
    "pay (a.example) and get (c.example)",
  ],
  [
    "The variables $HOME and $PATH: use **$HOME**/bin",
    "The variables $HOME and $PATH: use $HOME/bin",
  ],
  ["It costs $5 and **not** 6$ each", "It costs $5 and not 6$ each"],
])("what is no formula is Markdown as before: %s", (typed, shown) => {
  expect(read(typed)).toBe(shown);
});

it.each([
  ["runs of backticks", Array.from({ length: 600 }, (_, at) => "`".repeat(at + 1)).join(" a ")],
  ["begins in parentheses", "\\(".repeat(60_000)],
  ["begins in brackets", "\\[a ".repeat(60_000)],
  ["dollars", "$$ a".repeat(60_000)],
])("text that only begins formulae and code takes no time: %s", (_, text) => {
  const began = performance.now();
  withFormulaeAsTyped(text);
  expect(performance.now() - began).toBeLessThan(5000); // without bounds 20 seconds and more
});
