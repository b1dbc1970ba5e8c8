// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import SpaceMenu from "@/components/shell/space-menu";
import type { Space } from "@/lib/api-types";

const push = vi.hoisted(() => vi.fn());
vi.mock("next/navigation", () => ({
  useRouter: () => ({ push }),
  usePathname: () => "/s/space-1/members",
}));

afterEach(cleanup);

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
