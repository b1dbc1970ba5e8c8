// @vitest-environment happy-dom
import "fake-indexeddb/auto";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import PlaceDialog from "@/components/chat/place-dialog";
import { ada, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { choosePlace } from "@/lib/chat/place";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const WAIT = { timeout: 15_000 };

it("counts and sends all that are in this browser, whatever the list is searched for", {
  timeout: 60_000,
}, async () => {
  const gateway = await newGateway();
  choosePlace(ada, "browser");
  for (const id of ["plants", "releases"]) await save(id, [said("m1", id)]);
  const closed = vi.fn();
  render(<PlaceDialog owner={ada} to="gateway" onClose={closed} onChanged={() => {}} />);
  fireEvent.click(await screen.findByRole("button", { name: "Send 2 conversations" }, WAIT));
  await waitFor(() => expect(closed).toHaveBeenCalledOnce(), WAIT);
  expect([...gateway.kept.keys()].toSorted()).toEqual(["plants", "releases"]);
});
