// @vitest-environment happy-dom
import "fake-indexeddb/auto";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ConversationList } from "@/components/chat/conversation-list";
import { ada, newGateway, said, save } from "@/lib/chat/gateway-in-memory";

vi.mock("next/navigation", () => ({ useRouter: () => ({}), usePathname: () => "/" }));

const drawn = vi.hoisted(() => new Map<string, number>());
// Counts how often each row is drawn; all else of it is real.
vi.mock("@/components/shell/going", async (real) => ({
  ...(await real<object>()),
  PageLink: ({ name }: { name: string }) => {
    drawn.set(name, (drawn.get(name) ?? 0) + 1);
    return <a href="/">{name}</a>;
  },
}));

beforeEach(newGateway);
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("while one conversation grows the others are not drawn anew", async () => {
  for (const id of ["grows", "rests"]) await save(id, [said(id)]);
  const props = { owner: ada, current: "grows", changes: 0 };
  const never = { onBegin: () => {}, onOpen: () => {}, onRenamed: () => {} };
  const { rerender } = render(<ConversationList {...props} {...never} touched={null} />);
  await screen.findByText("rests");
  const before = new Map(drawn);
  for (const _ of [1, 2, 3]) {
    await save("grows", [said("grows"), said("more")]);
    const drawnBefore = drawn.get("grows") ?? 0;
    rerender(<ConversationList {...props} {...never} touched={{ id: "grows" }} />);
    await waitFor(() => expect(drawn.get("grows")).toBeGreaterThan(drawnBefore));
  }
  expect(drawn.get("rests")).toBe(before.get("rests"));
});
