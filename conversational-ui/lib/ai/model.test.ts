import { APICallError, RetryError } from "ai";
import { describe, expect, it } from "vitest";
import { chatModels, chatModel as modelNamed } from "@/lib/ai/model";
import { failure } from "@/lib/ai/model-failures";
import { ToolFailure } from "@/lib/ai/tools/toolset";
import { problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";

const chatModel = (environment: Record<string, string>) => modelNamed(null, environment);

describe("the model", () => {
  it("is none where none is set: the console needs none", () => {
    expect(chatModel({})).toBeNull();
    expect(chatModel({ MODEL_BASE_URL: " ", ANTHROPIC_API_KEY: "" })).toBeNull();
  });

  it("is any OpenAI-compatible one, and the scripted one is called what it is", () => {
    const chosen = chatModel({ MODEL_BASE_URL: "https://m.example/v1/", MODEL_NAME: "m-1" });
    expect(chosen?.info).toEqual({ name: "m-1", scripted: false });
    const demo = { MODEL_BASE_URL: "http://localhost:8010/v1", MODEL_NAME: "scripted-demo" };
    expect(chatModel(demo)?.info.scripted).toBe(true);
  });

  it("is Anthropic's with its key", () => {
    const chosen = chatModel({ ANTHROPIC_API_KEY: "k", ANTHROPIC_MODEL: "claude" });
    expect(chosen?.info).toEqual({ name: "claude", scripted: false });
  });

  it.each([
    [{ MODEL_BASE_URL: "https://m.example/v1" }, "MODEL_NAME"],
    [{ ANTHROPIC_API_KEY: "secret" }, "ANTHROPIC_MODEL"],
    [{ MODEL_BASE_URL: "ftp://m.example", MODEL_NAME: "m" }, "MODEL_BASE_URL"],
    [{ MODEL_BASE_URL: "http://m.example/v1", MODEL_NAME: "m" }, "https"],
  ])("%o is refused, and the message names what is missing and shows no value", (given, named) => {
    expect(() => chatModel(given)).toThrow(named);
    expect(() => chatModel(given)).not.toThrow("secret");
  });

  it("is given as much of a conversation as is set, or as fits into every model's context", () => {
    const one = { ANTHROPIC_API_KEY: "k", ANTHROPIC_MODEL: "claude" };
    expect(chatModel(one)?.room).toBe(400_000);
    expect(chatModel({ ...one, MODEL_CONTEXT_CHARACTERS: "3000000" })?.room).toBe(3_000_000);
    for (const wrong of ["many", "-1", "1.5e-3", "10"]) {
      const given = { ...one, MODEL_CONTEXT_CHARACTERS: wrong };
      expect(() => chatModel(given)).toThrow("MODEL_CONTEXT_CHARACTERS");
    }
  });

  it("is one of several, the first where nobody has chosen another that there is", () => {
    const both = {
      MODEL_BASE_URL: "https://m.example/v1",
      MODEL_NAME: "m-1, m-2,, m-1",
      ANTHROPIC_API_KEY: "k",
      ANTHROPIC_MODEL: "claude,m-2",
    };
    const names = chatModels(both).map(({ info }) => info.name);
    expect(names).toEqual(["m-1", "m-2", "claude"]);
    for (const [asked, name] of [
      ["claude", "claude"],
      ["m-2", "m-2"],
      ["gone", "m-1"],
      [null, "m-1"],
    ] as const) {
      expect(modelNamed(asked, both)?.info.name).toBe(name);
    }
    expect(() => chatModels({ ...both, MODEL_NAME: " , " })).toThrow("MODEL_NAME");
  });

  it("may be in the clear on a private network, where somebody says so", () => {
    const given = { MODEL_BASE_URL: "http://m.internal/v1", MODEL_NAME: "m" };
    expect(chatModel({ ...given, MODEL_BASE_URL_INSECURE: "1" })?.info.name).toBe("m");
  });
});

const answered = (statusCode: number | undefined) =>
  new APICallError({
    message: "key sk-secret refused",
    url: "https://m.example",
    requestBodyValues: {},
    responseBody: "sk-secret",
    ...(statusCode === undefined ? {} : { statusCode }),
  });

describe("what a person is told of a failure", () => {
  it.each([
    [undefined, "model_unreachable"],
    [500, "model_unreachable"],
    [529, "model_unreachable"],
    [429, "model_busy"],
    [401, "model_key_refused"],
    [404, "model_key_refused"],
    [400, "model_refused"],
    [413, "model_refused"],
  ])("a model that answers %s: %s", (status, reason) => {
    expect(failure(answered(status)).reason).toBe(reason);
  });

  it("is nothing that the model's service wrote: it may quote the key", () => {
    expect(JSON.stringify(failure(answered(401)))).not.toContain("sk-secret");
  });

  it("is the last reason after several attempts", () => {
    const errors = [answered(500), answered(429)];
    const fault = new RetryError({ message: "m", reason: "maxRetriesExceeded", errors });
    expect(failure(fault).reason).toBe("model_busy");
  });

  it("is the gateway's own reason where it gave one", () => {
    const told = problem("too_many_requests", 429, { request_id: "r" });
    expect(failure(new GatewayError(told))).toEqual(told);
    expect(failure(new ToolFailure(told))).toEqual(told);
    // As the SDK gives it to the model, which may say it to the person.
    expect(String(new ToolFailure(told))).toMatch(/^The tool call failed\. /);
  });
});
