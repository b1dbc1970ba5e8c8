// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import SpaceMenu from "@/components/shell/space-menu";
import type { Space } from "@/lib/api-types";

const push = vi.hoisted(() => vi.fn());
vi.mock("next/navigation", () => ({
  useRouter: () => ({ push }),
  usePathname: () => "/s/space-1/members",
}));

const WORKSPACES = [{ space_id: "space-2", workspace: { id: "w-1", name: "Birch & Co" } }];
const CONNECTIONS = { grants: { workspace: null } };
beforeEach(() => {
  vi.stubGlobal("fetch", async (path: unknown) =>
    Response.json(path === "/api/workspaces" ? WORKSPACES : CONNECTIONS),
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(count: number): void {
  const spaces = Array.from(
    { length: count },
    (_, at) => ({ space_id: `space-${at + 1}`, name: `Team ${at + 1}`, role: "owner" }) as Space,
  );
  const rest = { invitations: 0, unknown: false, theme: "system" } as const;
  const person = { userId: "ada", name: "Ada" };
  render(<SpaceMenu {...rest} person={person} spaces={spaces} spaceId="space-1" />);
}

it("lists seven spaces", async () => {
  open(7);
  expect(await screen.findAllByRole("menuitemradio")).toHaveLength(7);
  expect(screen.queryByRole("combobox")).toBeNull();
});

it("searches among eight, and opens the same page of the one that is found", async () => {
  open(8);
  const search = await screen.findByRole("combobox");
  expect(document.activeElement).toBe(search);
  expect(screen.getAllByRole("option")).toHaveLength(8);
  fireEvent.change(search, { target: { value: "8 team" } });
  expect(screen.getByRole("option").textContent).toContain("Team 8");
  fireEvent.keyDown(search, { key: "Enter" });
  expect(push).toHaveBeenCalledExactlyOnceWith("/s/space-8/members");
  expect(screen.queryByRole("combobox")).toBeNull();
});

it("says which Notion workspace each space opens, as soon as that is known", async () => {
  open(7);
  expect(await screen.findByText("Birch & Co")).toBeTruthy();
  const named = screen.getByRole("menuitemradio", { name: /Birch/ });
  expect(named.textContent).toContain("Team 2Notion workspace: Birch & Co");
});
