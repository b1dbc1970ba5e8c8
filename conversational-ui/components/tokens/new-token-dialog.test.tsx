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

it("stays open while a token is made, so that nobody misses it", async () => {
  let answer: (of: Response) => void = () => {};
  const made = new Promise<Response>((resolve) => {
    answer = resolve;
  });
  vi.stubGlobal("fetch", () => made);
  const space = { space_id: "s", name: "Team", role: "member" } as Space;
  const onOpenChange = vi.fn();
  render(<NewTokenDialog space={space} gatewayUrl="" open onOpenChange={onOpenChange} />);
  fireEvent.input(screen.getByLabelText("Name"), { target: { value: "Laptop" } });
  fireEvent.click(screen.getByRole("button", { name: "Create token" }));
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Create token" }).getAttribute("aria-busy")).toBe(
      "true",
    ),
  );
  fireEvent.keyDown(document.activeElement ?? document.body, { key: "Escape" });
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(onOpenChange).not.toHaveBeenCalled();
  const problem = { reason: "internal", title: "It went wrong", hint: "", status: 500 };
  answer(Response.json(problem, { status: 500 }));
  await screen.findByText("It went wrong");
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(onOpenChange).toHaveBeenCalledWith(false);
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
