// The cards of ten writing tools: what a call will do, and what is there before and after it.
import { connected, opened, signedIn, spaceIdOf, stack } from "./stage.mjs";

export async function changes(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  await signedIn(page, person);
  await connected(page);
  await page.goto("/tools");
  await page.getByPlaceholder(/Filter \d+ tools/).waitFor({ timeout: 120_000 });
  const tools = page.getByRole("navigation", { name: "Tools" });
  const find = (title) => idOf(page, title);
  for (const [name, tool, given] of await calls(find)) {
    const back = page.getByRole("button", { name: "All tools" });
    if (await back.isVisible()) await back.click();
    await tools.getByRole("button", { name: new RegExp(`^${tool} (Write|Destructive)`) }).click();
    await page.getByRole("button", { name: "Edit as JSON" }).click();
    await page.getByRole("textbox", { name: "Arguments as JSON" }).fill(JSON.stringify(given));
    await page.getByRole("button", { name: "Run and change the workspace" }).click();
    const sheet = page.getByRole("dialog", { name: tool });
    const isPhone = page.viewportSize().width < 640;
    const card = isPhone ? sheet : page.getByRole("article", { name: /Needs your approval$/ });
    await card.waitFor();
    await page.waitForFunction(() => !/being (looked up|read)…/.test(document.body.innerText));
    await picture(`change-${name}`, { of: card });
    if (isPhone) await sheet.getByRole("button", { name: "Close" }).click();
  }
  await context.close();
}

/** What is asked of the simulated workspace Acme: nothing of it is approved. */
async function calls(find) {
  const [handbook, checklist, releases] = [
    await find("Team Handbook"),
    await find("Onboarding Checklist"),
    await find("Release Process"),
  ];
  const [scratchpad, task, roadmap] = [
    await find("Empty Scratchpad"),
    await find("Design the API"),
    await find("Roadmap"),
  ];
  return [
    [
      "create-pages",
      "Create Notion pages",
      {
        pages: [
          { properties: { title: "Office plants" }, content: "# Plants\nWho waters which one." },
        ],
        parent: { type: "page_id", page_id: handbook },
      },
    ],
    [
      "update-page",
      "Update Notion page",
      {
        page_id: task,
        command: "update_properties",
        properties: { Task: "Design the public API", Status: "In progress", Estimate: 5 },
      },
    ],
    [
      "replace-page",
      "Update Notion page",
      {
        page_id: checklist,
        command: "replace_content",
        new_str:
          "- [x] Get a laptop\n- [x] Meet the team\n- [ ] Read the **team handbook**\n- [ ] Ship a small fix in your first week",
      },
    ],
    [
      "move-pages",
      "Move Notion pages",
      {
        page_or_database_ids: [checklist, releases],
        new_parent: { type: "page_id", page_id: scratchpad },
      },
    ],
    ["delete-pages", "Delete Notion pages", { page_ids: [scratchpad] }],
    ["duplicate-page", "Duplicate Notion page", { page_id: checklist }],
    [
      "create-database",
      "Create Notion database",
      {
        title: "Visitors",
        parent: { type: "page_id", page_id: handbook },
        schema: 'CREATE TABLE ("Name" TITLE, "Comes on" DATE, "Host" PEOPLE)',
      },
    ],
    [
      "update-database",
      "Update Notion data source",
      { data_source_id: roadmap, statements: 'ADD COLUMN "Reviewed" CHECKBOX; DROP COLUMN "Tags"' },
    ],
    [
      "create-view",
      "Create a database view",
      {
        data_source_id: roadmap,
        name: "By status",
        type: "board",
        database_id: roadmap,
        configure: 'GROUP BY "Status"',
      },
    ],
    [
      "create-comment",
      "Create a comment",
      { page_id: releases, markdown: "Could the checks run **before** the freeze?" },
    ],
    [
      "create-folder",
      "Create Notion folder",
      { title: "Release notes", parent: { page_id: releases } },
    ],
  ];
}

/** The id of what has just this title in the space's Notion. */
async function idOf(page, title) {
  const answer = await page.request.post(`/api/spaces/${spaceIdOf(page)}/tools/call`, {
    data: {
      policy: { rules: {}, readOnly: true },
      name: "notion-search",
      arguments: { query: title },
      approved: false,
    },
    headers: { origin: stack.url },
  });
  const result = JSON.parse((await answer.text()).trim().split("\n").at(-1));
  const { results } = JSON.parse(result.content[0].text);
  const found = results.find((one) => one.title === title);
  if (!found) throw new Error(`Nothing is called ${title}`);
  return found.id;
}
