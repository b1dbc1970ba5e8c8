import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { madeTitle, titleIn } from "@/lib/ai/made-title";
import { chatModel } from "@/lib/ai/model";

const EXCHANGE = { question: "Where is the plan?", answer: "x".repeat(9000) };

describe("a title", () => {
  /** A service that speaks as OpenAI's does, and says what it is told to. */
  let said: { status: number; content: string };
  let asked: string[];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push(body);
      const message = { role: "assistant", content: said.content };
      response.writeHead(said.status, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ id: "1", choices: [{ index: 0, message, finish_reason: "stop" }] }),
      );
    });
  });
  beforeEach(async () => {
    asked = [];
    await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  });
  afterEach(() => new Promise((then) => server.close(then)));

  const made = () => {
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const chosen = chatModel(null, { MODEL_BASE_URL: at, MODEL_NAME: "m" });
    if (!chosen) throw new Error("no model");
    return madeTitle(chosen.model, EXCHANGE);
  };

  it("is what the model says of the question and of the answer's beginning", async () => {
    said = { status: 200, content: '"Plan of the team."' };
    expect(await made()).toBe("Plan of the team");
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain("Where is the plan?");
    expect(asked[0]?.length).toBeLessThan(4000);
  });

  it("is none where the model fails, which is asked once", async () => {
    said = { status: 500, content: "" };
    expect(await made()).toBeNull();
    expect(asked).toHaveLength(1);
  });
});

it.each([
  ["  **The plan**\n", "The plan"],
  ["Title: Der Plan.", "Der Plan"],
  ["„Der\u0000 Plan“", "Der Plan"],
  ["C# and F#", "C# and F#"],
  ["", null],
  [" . ", null],
  ["I am sorry, but I can not name this conversation without more of it.", null],
])("of %o the title is %o", (text, title) => {
  expect(titleIn(text)).toBe(title);
});
