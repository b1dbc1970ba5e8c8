import type { UIMessage } from "ai";
import { expect, it } from "vitest";
import { BEGUN, endFor } from "@/lib/chat/answer-end";
import { type EndAction, endActions } from "@/lib/chat/end-actions";
import { chatProblem } from "@/lib/chat/failures";
import { type Problem, problem } from "@/lib/problems";

const message = (role: string, parts: unknown[], metadata?: unknown) =>
  ({ id: "m", role, parts, metadata }) as UIMessage;
const text = (said: string) => ({ type: "text", text: said, state: "done" });
const call = { type: "dynamic-tool", toolName: "notion-search", toolCallId: "1", input: {} };

const question = message("user", [text("Summarise it")]);
const whole = message("assistant", [text("Done.")], endFor("stop"));
const cut = message("assistant", [text("Half a")], BEGUN);
const wordless = message("assistant", [{ ...call, state: "output-available" }, text(" ")], BEGUN);

const signedOut = problem("signed_out", 401);
const lost = chatProblem("interrupted", 0);
const tooLarge = chatProblem("answer_too_large", 413);
const ended = problem("reconnect_required", 401);

it.each<[string, UIMessage | undefined, Problem | null, EndAction[]]>([
  ["nothing has been said", undefined, null, []],
  ["the answer is whole", whole, null, []],
  ["a question has no answer", question, null, ["again"]],
  ["the answer was cut", cut, null, ["continue", "again"]],
  ["the answer was cut before a word", wordless, null, ["again"]],
  ["the answer broke off", cut, lost, ["continue", "again"]],
  ["the answer broke off before a word", wordless, lost, ["again"]],
  ["the answer broke off, and more would be no use", cut, tooLarge, ["again"]],
  ["the answer is whole, and something else failed", whole, lost, ["again"]],
  ["the question could not be sent", question, lost, ["again"]],
  ["the person is signed out", question, signedOut, ["sign_in"]],
  ["the person is signed out in mid-answer", cut, signedOut, ["sign_in"]],
  ["Notion wants a consent", cut, ended, ["reconnect"]],
])("%s", (_, last, fault, actions) => {
  expect(endActions(last, fault)).toEqual(actions);
});
