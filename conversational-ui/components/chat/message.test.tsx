// @vitest-environment happy-dom
import { act, cleanup, render } from "@testing-library/react";
import type { UIMessage } from "ai";
import { afterEach, expect, it, vi } from "vitest";
import { Message } from "@/components/chat/message";

vi.mock("next/navigation", () => ({ useRouter: () => ({}), usePathname: () => "/" }));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

it("shows each part of an answer once, of a model too whose calls are numbered", async () => {
  const complained = vi.spyOn(console, "error").mockImplementation(() => {});
  const call = {
    type: "dynamic-tool",
    toolName: "notion-search",
    toolCallId: "1",
    toolMetadata: { kind: "read" },
    state: "input-streaming",
    input: {},
  };
  const parts = [call, { type: "text", text: "Found it." }];
  const message = { id: "a", role: "assistant", parts } as unknown as UIMessage;
  const never = {
    onDecide: () => {},
    onAsk: () => {},
    onAnswerAgain: () => {},
    onVersion: () => {},
    onRerun: undefined,
  };
  const { findAllByText } = render(
    <Message
      message={message}
      earlier={undefined}
      live={false}
      busy={false}
      versions={undefined}
      {...never}
    />,
  );
  await act(async () => {});
  expect(await findAllByText("Found it.")).toHaveLength(1);
  expect(complained.mock.calls.flat().join(" ")).not.toContain("same key");
});
