import { expect, it } from "vitest";
import { isApp, promptSchema } from "@/lib/console/documents";
import { toolForm } from "@/lib/console/form-schema";

it("a page of the server's own is told apart, however it is written", () => {
  expect(["ui://notion/card.html", "UI://x", " ui://x"].every(isApp)).toBe(true);
  expect(["notion://docs", "https://evil.example/ui://x", "uid:1", ""].some(isApp)).toBe(false);
});

it("a prompt's arguments make a form, and hostile names make none", () => {
  const prompt = (name: string) => ({
    name: "p",
    title: "P",
    description: "",
    arguments: [{ name, description: "Which", required: true }],
  });
  expect(toolForm(promptSchema(prompt("page")))?.schema).toMatchObject({
    properties: { page: { type: "string", description: "Which" } },
    required: ["page"],
  });
  expect(toolForm(promptSchema(prompt("__proto__")))).toBeNull();
});
