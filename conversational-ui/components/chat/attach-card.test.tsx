// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import AttachCard from "@/components/chat/attach-card";
import { NO_POLICY } from "@/lib/chat/tool-policy";

let signal: AbortSignal;
let answer: (of: Response) => void;
const uploaded = vi.fn();
const left = vi.fn();

beforeEach(() => {
  vi.clearAllMocks();
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    signal = init.signal as AbortSignal;
    return new Promise<Response>((resolve, reject) => {
      answer = resolve;
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const begin = () => {
  const file = new File(["a,b"], "plan.csv");
  const shown = render(
    <AttachCard
      file={file}
      spaceId="sp-1"
      policy={NO_POLICY}
      onUploaded={uploaded}
      onLeave={left}
    />,
  );
  fireEvent.click(screen.getByRole("button", { name: "Upload to Notion" }));
  return shown;
};
const end = () => act(async () => answer(Response.json({ id: "f1" })));

it("an upload that was approved goes on to its end where its person leaves the page", async () => {
  begin().unmount();
  expect(signal.aborted).toBe(false);
  await end();
  expect(uploaded).toHaveBeenCalledWith("f1", "plan.csv");
});

it("it ends where they cancel it", async () => {
  begin();
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(signal.aborted).toBe(true);
  expect(left).toHaveBeenCalled();
  await end();
  expect(uploaded).not.toHaveBeenCalled();
});
