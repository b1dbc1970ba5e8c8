import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import {
  expect,
  expectAccessible,
  goTo,
  signedInAndConnected,
  spaceIdOf,
  test,
} from "./support/test";
import { idOf, writingCalls } from "./support/writing-calls.mjs";

interface Card {
  /** What a person reads of the call, with names in the place of ids. */
  sentence: string;
  /** Some of what is added. */
  added?: string;
  /** Some of what is there now and goes. */
  removed?: string;
  takesAway?: boolean;
}

const CARDS: Record<string, Card> = {
  "create-pages": {
    sentence: "Create the page Office plants in Team Handbook",
    added: "Who waters which one.",
  },
  "update-page": { sentence: "Change properties of Design the API", added: "public" },
  "replace-page": {
    sentence: "Replace everything in Onboarding Checklist",
    added: "team handbook",
    removed: "release process",
    takesAway: true,
  },
  "move-pages": {
    sentence: "Move Onboarding Checklist and Release Process to Empty Scratchpad",
  },
  "delete-pages": { sentence: "Move to the trash: Empty Scratchpad", takesAway: true },
  "duplicate-page": { sentence: "Make a copy of Onboarding Checklist" },
  "create-database": {
    sentence: "Create the database Visitors in Team Handbook",
    added: "Comes on",
  },
  "update-database": {
    sentence: "Change the database Roadmap",
    added: "Reviewed",
    removed: "Tags",
    takesAway: true,
  },
  "create-view": { sentence: "Add the board view By status to Roadmap" },
  "create-comment": { sentence: "Comment on Release Process", added: "before" },
  "create-folder": { sentence: "Create the folder Release notes in Release Process" },
};

/** Fills in a tool by hand, up to where a person is asked. */
async function asked(page: Page, tool: string, given: unknown) {
  await page
    .getByRole("navigation", { name: "Tools" })
    .getByRole("button", { name: new RegExp(`^${tool} (Write|Destructive)`) })
    .click();
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  await page.getByLabel("Arguments as JSON").fill(JSON.stringify(given));
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
  const card = page.getByRole("article", { name: /Needs your approval$/ });
  await expect(card).toBeVisible();
  await expect(card.getByText(/being (looked up|read)…/)).toHaveCount(0);
  return card;
}

test("every tool that Notion offers for writing has a card of its own", async ({ page, stack }) => {
  await signedInAndConnected(page, stack);
  const answer = await page.request.get(`/api/spaces/${spaceIdOf(page)}/tools`);
  const { tools }: { tools: { name: string; kind: string }[] } = await answer.json();
  const writing = tools.filter(({ kind }) => kind !== "read").map(({ name }) => name);
  expect(writing).toContain("notion-update-page");
  const source = readFileSync(join(import.meta.dirname, "../lib/chat/change-words.ts"), "utf8");
  const known = [...source.matchAll(/^ {2}"(notion-[a-z-]+)": \(/gm)].map(([, name]) => name);
  expect(writing.filter((name) => !known.includes(name))).toEqual([]);
});

test("the cards of writing tools say what will happen, and show what is there before and after", async ({
  page,
  stack,
}) => {
  test.setTimeout(300_000);
  await signedInAndConnected(page, stack);
  await goTo(page, "tools");
  const calls = await writingCalls((title: string) => idOf(page, title));
  expect(calls.map(([name]) => name)).toEqual(Object.keys(CARDS));
  for (const [name, tool, given] of calls) {
    const { sentence, added, removed, takesAway = false } = CARDS[name] as Card;
    const card = await asked(page, tool, given);
    await expect(card, name).toContainText(sentence);
    const changed = (role: "insertion" | "deletion") => card.getByRole(role);
    if (added) await expect(changed("insertion").filter({ hasText: added }).first()).toBeVisible();
    if (removed) {
      await expect(changed("deletion").filter({ hasText: removed }).first()).toBeVisible();
    }
    await expect(card.getByText("This takes away what is there.")).toHaveCount(takesAway ? 1 : 0);
    // What takes something away is asked about every time.
    await expect(card.getByRole("button", { name: /do not ask again$/ })).toHaveCount(
      takesAway ? 0 : 1,
    );
    // The call as it is, for whoever wants to see it.
    await expect(card.getByText("The exact call")).toBeVisible();
    await expectAccessible(page);
  }
});
