// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { NewTokenDialog } from "@/components/tokens/new-token-dialog";
import type { Space } from "@/lib/api-types";

vi.mock("next/navigation", () => ({ useRouter: () => ({}) }));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("says at each field what is wrong, until it is corrected", async () => {
  const tools = [{ name: "notion-search", readOnly: true }];
  vi.stubGlobal("fetch", async () => Response.json({ ok: true, at: "2026-01-01", tools }));
  const space = { space_id: "s", name: "Team", role: "owner" } as Space;
  render(<NewTokenDialog space={space} gatewayUrl="" open onOpenChange={() => {}} />);
  fireEvent.click(screen.getByLabelText(/Only some tools/));
  const tool = await screen.findByLabelText(/notion-search/);
  fireEvent.click(screen.getByRole("button", { name: "Create token" }));
  const noName = "A name tells this token from others.";
  expect((await screen.findByText(noName)).id).toBe("token-name-error");
  const noTool = screen.getByText(/Choose at least one tool/);
  expect(screen.getByRole("group", { name: "What it may do" }).contains(noTool)).toBe(true);

  fireEvent.input(screen.getByLabelText("Name"), { target: { value: "Laptop" } });
  await waitFor(() => expect(screen.queryByText(noName)).toBeNull());
  expect(noTool.isConnected).toBe(true);
  fireEvent.click(tool);
  await waitFor(() => expect(noTool.isConnected).toBe(false));
});
