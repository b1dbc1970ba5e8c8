// @vitest-environment happy-dom
import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import Markdown from "@/components/chat/markdown";

it.each(["The area is $\\pi r^2$.", "$$a_1 + b_1 = c_1$$", "It costs $5, or $6 with tax."])(
  "a formula in an answer is left as it was typed: %s",
  (typed) => {
    const { container } = render(<Markdown text={typed} live={false} />);
    expect(container.textContent).toBe(typed);
  },
);
