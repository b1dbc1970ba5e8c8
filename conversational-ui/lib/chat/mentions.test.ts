import { describe, expect, it } from "vitest";
import {
  fileUrl,
  labelFor,
  named,
  piecesOf,
  unwritten,
  wantedAt,
  withoutAddresses,
  written,
} from "@/lib/chat/mentions";

const handbook = { label: "Team Handbook", url: "https://app.notion.com/p/0123" };
const team = { label: "Team", url: "https://app.notion.com/p/4567" };

describe("what is mentioned", () => {
  it("is sent with its address, and read again as it was written", () => {
    const text = "Compare @Team Handbook with @Team, not @Teams or ada@Team.example";
    const sent = written(text, [team, handbook]);
    expect(sent).toBe(
      "Compare @[Team Handbook](https://app.notion.com/p/0123) with " +
        "@[Team](https://app.notion.com/p/4567), not @Teams or " +
        "ada@[Team](https://app.notion.com/p/4567).example",
    );
    expect(unwritten(sent)).toEqual({ text, mentions: [handbook, team] });
    expect(withoutAddresses(sent)).toBe(text);
    expect(written("@ nobody", [])).toBe("@ nobody");
  });

  it("can be a file that was uploaded", () => {
    const file = { label: "plan.pdf", url: fileUrl("0f-1") };
    const sent = written("Add @plan.pdf to it", [file]);
    expect(piecesOf(sent)).toEqual(["Add ", file, " to it"]);
  });

  it.each([
    "@[x](javascript:alert(1))",
    "@[x](https://evil.example/)",
    "@[x](https://notion.so.evil.example/p)",
    "@[x](https://sign-in-again.notion.site/p)",
    "@[x](http://app.notion.com/p/1)",
    "@[x](file-upload://../../etc)",
    "[x](https://app.notion.com/p/1)",
  ])("%s is text", (text) => {
    expect(piecesOf(text)).toEqual([text]);
  });

  it("has a title that nothing gets out of", () => {
    const title = "a](https://evil.example) [b\\\n<img src=x onerror=alert(1)>\u202egnp.x\u200b";
    const label = labelFor(title);
    expect(label).toBe("a](https://evil.example) [b\\ <img src=x onerror=alert(1)>gnp.x");
    const url = "https://app.notion.com/p/1(2)";
    const sent = written(`See @${label}!`, [{ label, url }]);
    expect(piecesOf(sent)).toEqual(["See ", { label, url: url.replace("(2)", "%282%29") }, "!"]);
    expect(labelFor("x".repeat(500))).toHaveLength(80);
    expect(labelFor(" \u200b\n ")).toBe("Untitled");
  });

  it("keeps two pages of one title apart", () => {
    const other = {
      label: labelFor("Team", [team], "https://app.notion.com/p/9"),
      url: "https://app.notion.com/p/9",
    };
    expect(other.label).toBe("Team (2)");
    const sent = written("@Team and @Team (2)", [team, other]);
    expect(unwritten(sent)).toEqual({ text: "@Team and @Team (2)", mentions: [team, other] });
    expect(labelFor("Team", [team], team.url)).toBe("Team");
  });
});

describe("what is looked for", () => {
  it.each([
    ["@", ""],
    ["see @tea", "tea"],
    ["(@Team Hand", "Team Hand"],
    ["one\n@two", "two"],
  ])("in %j stands before the caret", (text, query) => {
    expect(wantedAt(text, text.length)?.query).toBe(query);
    expect(wantedAt(`${text} and more`, text.length)?.query).toBe(query);
  });

  it.each(["", "ada@example.org", "meet @ noon", "@one\ntwo", `@${"x".repeat(61)}`, "@a@b"])(
    "is nothing in %j",
    (text) => {
      expect(wantedAt(text, text.length)).toBeNull();
    },
  );

  it("is nothing once it is named, and gives way to the name", () => {
    const wanted = wantedAt("see @tea please", 8);
    expect(wanted).toEqual({ from: 4, query: "tea" });
    const next = named("see @tea please", { from: 4, query: "tea" }, handbook.label);
    expect(next).toEqual({ text: "see @Team Handbook please", caret: 19 });
    expect(wantedAt(next.text, next.caret, [handbook])).toBeNull();
  });
});
