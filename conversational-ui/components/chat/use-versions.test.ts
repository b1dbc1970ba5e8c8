// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { useVersions } from "@/components/chat/use-versions";

const said = (id: string, role: "user" | "assistant", after: string): UIMessage => ({
  id,
  role,
  metadata: { after },
  parts: [{ type: "text", text: id }],
});
const QUESTION = said("q", "user", "");
const [FIRST, SECOND] = [said("a1", "assistant", "q"), said("a2", "assistant", "q")];

describe("another version", () => {
  it("is at no moment missing from what is kept, though it is drawn a moment later", () => {
    const all = [QUESTION, FIRST, SECOND];
    const set: UIMessage[][] = [];
    const kept: string[][] = [];
    const { result, rerender } = renderHook(
      ({ shown }) => {
        const found = useVersions(all, shown, (change) => {
          set.push(typeof change === "function" ? change(shown) : change);
        });
        kept.push(found.all.map(({ id }) => id));
        return found;
      },
      { initialProps: { shown: [QUESTION, SECOND] } },
    );
    expect(result.current.versions?.get("a2")).toEqual({ at: 1, ids: ["a1", "a2"] });

    act(() => result.current.choose("a1"));
    expect(set).toEqual([[QUESTION, FIRST]]);
    rerender({ shown: set[0] ?? [] });

    expect(result.current.versions?.get("a1")).toEqual({ at: 0, ids: ["a1", "a2"] });
    expect(new Set(kept.map((ids) => ids.join()))).toEqual(new Set(["q,a1,a2"]));
  });
});
