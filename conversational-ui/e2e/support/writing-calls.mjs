// Calls of writing tools in the simulated workspace Acme, for tests and for pictures.

/**
 * Name, title of the tool, and arguments of each.
 *
 * @param {(title: string) => Promise<string>} find answers the id of what has just this title
 * @returns {Promise<[string, string, Record<string, unknown>][]>}
 */
export async function writingCalls(find) {
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

/**
 * The id of what has just this title in the Notion of the space that the page is about.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} title
 * @returns {Promise<string>}
 */
export async function idOf(page, title) {
  const [, space] = /\/s\/([^/]+)/.exec(page.url()) ?? [];
  const answer = await page.request.post(`/api/spaces/${space}/tools/call`, {
    data: {
      policy: { rules: {}, readOnly: true },
      name: "notion-search",
      arguments: { query: title },
      approved: false,
    },
    headers: { origin: new URL(page.url()).origin },
  });
  const result = JSON.parse((await answer.text()).trim().split("\n").at(-1));
  const { results } = JSON.parse(result.content[0].text);
  const found = results.find((one) => one.title === title);
  if (!found) throw new Error(`Nothing is called ${title}`);
  return found.id;
}
