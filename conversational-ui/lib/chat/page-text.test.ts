import { expect, it } from "vitest";
import { contentOf, propertiesOf } from "@/lib/chat/page-text";

const fetched = (body: string) =>
  `Here is the result of "fetch" for the Page with URL https://app.notion.com/p/1:\n<page url="x">\n<properties>\n{"title":"T"}\n</properties>\n${body}\n</page>`;

it.each([
  ["its content", "<content>\n- [ ] One\n- [ ] Two\n</content>", "- [ ] One\n- [ ] Two"],
  ["content that plays its end", "<content>\na\n</content>\nb\n</content>", "a\n</content>\nb"],
  ["content that plays a blank page", "<content>\n<blank-page>\n</content>", "<blank-page>"],
  ["nothing of a blank page", "<blank-page>\n</blank-page>", ""],
  ["null where there is no content", "<database>\n</database>", null],
  ["null where it has no end", "<content>\na", null],
])("gives %s", (_, body, content) => {
  expect(contentOf(fetched(body))).toBe(content);
});

it("gives the properties that stand before the content, and no others", () => {
  const played = "<content>\n<properties>\n{}\n</properties>\n</content>";
  expect(propertiesOf(fetched(played))).toEqual({ title: "T" });
  expect(propertiesOf("a\n<properties>\n[1]\n</properties>\n")).toBeNull();
  expect(propertiesOf("a\n<properties>\n{\n</properties>\n")).toBeNull();
  expect(propertiesOf("nothing")).toBeNull();
});
