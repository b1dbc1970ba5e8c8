// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import RecordingDialog from "@/components/activity/recording-dialog";
import "@/components/confirm-dialog-content"; // loaded when it is opened: here it is there already
import type { Space } from "@/lib/api-types";

vi.mock("next/navigation", () => ({ useRouter: () => ({ refresh: () => {} }) }));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const PATIENT = { timeout: 20_000 };
const PUT = "PUT /api/spaces/s/audit/recording";
const OLDER = "GET /api/spaces/s/audit/older?days=30";

/** What was asked of this site, and when the dialog was closed. */
function shown(isAnyOlder: boolean) {
  const asked: [string, unknown][] = [];
  vi.stubGlobal("fetch", async (path: string, { method, body }: RequestInit) => {
    asked.push([`${method} ${path}`, body ? JSON.parse(String(body)) : null]);
    return method === "PUT"
      ? new Response(null, { status: 204 })
      : Response.json({ is_any: isAnyOlder });
  });
  const set = { set_at: null, set_by: null };
  const onClose = vi.fn();
  render(
    <RecordingDialog
      space={{ space_id: "s", name: "Team", role: "owner" } as Space}
      keeping={{ days: 90, own_days: null, operator_days: 90, ...set }}
      contents={{ arguments: false, results: false, ...set }}
      onClose={onClose}
    />,
  );
  const days = (text: string) => {
    fireEvent.click(screen.getByLabelText(/For a number of days/));
    fireEvent.input(screen.getByLabelText("Days"), { target: { value: text } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
  };
  return { asked, onClose, days };
}

it("asks first where a shorter time deletes calls, and deletes nothing without a yes", async () => {
  const { asked, onClose, days } = shown(true);
  days("30");
  const yes = await screen.findByRole("button", { name: "Save and delete" }, PATIENT);
  expect(asked.map(([what]) => what)).toEqual([OLDER]);
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(yes.isConnected).toBe(false), PATIENT);
  expect(onClose).not.toHaveBeenCalled();

  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  fireEvent.click(await screen.findByRole("button", { name: "Save and delete" }, PATIENT));
  await waitFor(() => expect(onClose).toHaveBeenCalled(), PATIENT);
  expect(asked.map(([what]) => what)).toEqual([OLDER, OLDER, PUT]);
  expect(asked.at(-1)?.[1]).toEqual({ days: 30, arguments: false, results: false });
}, 60_000);

it("saves at once where nothing is deleted, and says what is no number of days", async () => {
  const { asked, onClose, days } = shown(false);
  days("soon");
  expect((await screen.findByText(/^A whole number of days/, {}, PATIENT)).id).toBe(
    "kept-days-error",
  );
  fireEvent.click(screen.getByLabelText(/^Results/));
  days("30");
  await waitFor(() => expect(onClose).toHaveBeenCalled(), PATIENT);
  expect(asked.map(([what]) => what)).toEqual([OLDER, PUT]);
  expect(asked.at(-1)?.[1]).toEqual({ days: 30, arguments: false, results: true });
}, 60_000);
