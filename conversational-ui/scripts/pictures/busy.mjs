import { connected, opened, settings, signedIn, spaceIdOf, stack } from "./stage.mjs";

/** Notion refuses calls for their number. */
export async function busy(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  await signedIn(page, person);
  await connected(page);
  await page.goto("/integrations");
  await page.getByText("MCP connected").waitFor();
  await settings({ rate_limit_per_minute: 4, rate_limit_window_seconds: 25 });
  const spaceId = spaceIdOf(page);
  const data = {
    policy: { rules: {}, readOnly: true },
    name: "notion-search",
    arguments: { query: "Handbook" },
    approved: false,
  };
  const headers = { origin: stack.url };
  const call = () =>
    page.request.post(`/api/spaces/${spaceId}/tools/call`, { data, headers, timeout: 120_000 });
  for (let used = 0; used < 5; used++) await call(); // until Notion refuses one
  const calls = Array.from({ length: 3 }, call);
  const budget = page.getByRole("region", { name: "Budget" });
  const waits = budget.getByText(/waits? for a turn$/);
  for (let looks = 0; looks < 20 && (await waits.count()) === 0; looks++) {
    await page.reload();
    await waits.waitFor({ timeout: 1000 }).catch(() => {});
  }
  await page.getByText("MCP connected").waitFor();
  await budget.scrollIntoViewIfNeeded();
  await picture("budget");
  await Promise.all(calls);
  await settings({ rate_limit_per_minute: null, rate_limit_window_seconds: 60 });
  await context.close();
}
