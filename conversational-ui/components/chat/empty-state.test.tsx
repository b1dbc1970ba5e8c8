// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { EmptyState } from "@/components/chat/empty-state";
import { FirstEmpty } from "@/components/chat/first-empty";
import { IsAwaited } from "@/components/chat/first-view";
import type { Space } from "@/lib/api-types";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const page = { title: "Team", url: "https://app.notion.com/p/1", isDatabase: false };

it.each([
  ["told", () => Response.json({ pages: [page] }), 3],
  ["refused", () => Response.json({ title: "Not now" }, { status: 502 }), 2],
])(
  "asks once for recent pages, for what is seen first and after: %s",
  async (name, answer, shown) => {
    const space = { space_id: `sp-${name}`, name: "Team" } as Space;
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (path: string) => {
      if (!path.endsWith("/pages")) return Response.json({ title: "Not now" }, { status: 502 });
      asked.push(path);
      return answer();
    });
    const { unmount } = render(
      <IsAwaited value={true}>
        <FirstEmpty space={space} />
      </IsAwaited>,
    );
    const buttons = () => screen.getAllByRole("button", { hidden: true });
    const isTold = () => {
      expect(buttons()).toHaveLength(shown);
      expect(screen.getByRole("list", { hidden: true }).children).toHaveLength(shown);
    };
    await waitFor(isTold);
    unmount();
    render(<EmptyState owner={null} space={space} connected={true} onChoose={() => {}} />);
    await waitFor(isTold);
    expect(asked).toEqual([`/api/spaces/sp-${name}/pages`]);
  },
);
