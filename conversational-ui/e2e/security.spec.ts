import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createFirstSpace,
  expect,
  signedInAndConnected,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

test("every answer carries the policy; each page has a nonce of its own", async ({
  request,
  stack,
}) => {
  const nonces = new Set<string>();
  for (const path of ["/sign-in", "/sign-in", "/nowhere", "/api/spaces/x/notion", "/icon.svg"]) {
    const answer = await request.get(stack.url + path);
    const headers = answer.headers();
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(nonces).not.toContain(nonce);
    nonces.add(nonce);
    expect(headers["referrer-policy"]).toBe("no-referrer");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(headers["x-powered-by"]).toBeUndefined();
    if (headers["content-type"]?.includes("html")) {
      const scripts = [...(await answer.text()).matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
      expect(scripts.length).toBeGreaterThan(0);
      for (const tag of scripts) expect(tag).toContain(`nonce="${nonce}"`);
    }
  }
});

test("static files are not to be sniffed either", async ({ page, stack }) => {
  const script = page.waitForResponse((answer) => answer.url().endsWith(".js"));
  await page.goto(`${stack.url}/sign-in`);
  expect((await script).headers()["x-content-type-options"]).toBe("nosniff");
});

test.describe("what the policy refuses", () => {
  test.use({ expected: /Content.Security.Policy|evil\.example|Failed to load resource/i });

  // promise: threats:59
  test("injected handlers, scripts, frames, styles and foreign images do nothing", async ({
    page,
  }) => {
    const answered: string[] = [];
    page.on("response", (answer) => answered.push(answer.url()));
    await page.goto("/sign-in");
    const refused = page.waitForEvent("console", (line) =>
      /frame-src|default-src/.test(line.text()),
    );
    await page.evaluate(() => {
      const box = document.createElement("div");
      box.innerHTML =
        '<img src="/nothing" onerror="window.broken = 1"><img src="https://evil.example/pixel">' +
        '<style>body { display: none }</style><p style="position: fixed; inset: 0">Over it</p>' +
        '<iframe src="https://evil.example/frame"></iframe><iframe srcdoc="<script>1</script>"></iframe>';
      document.body.append(box);
    });
    await refused;
    await page.waitForLoadState("networkidle");
    expect(await page.evaluate(() => "broken" in window)).toBe(false);
    expect(answered.filter((url) => url.includes("evil.example"))).toEqual([]);
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    expect(
      await page.getByText("Over it").evaluate((element) => getComputedStyle(element).position),
    ).toBe("static");
  });
});

test("what changes something is taken from this site's own pages only", async ({ page, stack }) => {
  await signIn(page);
  await createFirstSpace(page);
  const { request } = page.context();
  const create = (headers: Record<string, string>) =>
    request.post(`${stack.url}/api/spaces`, { headers, data: { name: "By another site" } });
  const others: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: stack.gatewayUrl },
    { origin: stack.url, "sec-fetch-site": "cross-site" },
    {},
  ];
  for (const headers of others) {
    const answer = await create(headers);
    expect(answer.status()).toBe(403);
    expect(await answer.json()).toMatchObject({ reason: "cross_site" });
  }
  const form = await request.post(`${stack.url}/api/spaces`, {
    headers: { origin: stack.url, "content-type": "text/plain" },
    data: '{"name": "From a form"}',
  });
  expect(form.status()).toBe(422);
  expect((await create({ origin: stack.url })).status()).toBe(201); // the control: it can work
});

test("nobody gets anything without signing in", async ({ request, stack }) => {
  const headers = { origin: stack.url };
  for (const answer of [
    await request.get(`${stack.url}/api/spaces/sp-1/notion`),
    await request.delete(`${stack.url}/api/spaces/sp-1/notion`, { headers }),
    await request.post(`${stack.url}/api/spaces/x/notion/consent`, { headers, data: {} }),
    await request.post(`${stack.url}/api/spaces/x/notion/verify`, { headers }),
    await request.post(`${stack.url}/api/spaces`, { headers, data: { name: "x" } }),
  ]) {
    expect(answer.status()).toBe(401);
    expect(await answer.json()).toMatchObject({ reason: "signed_out" });
  }
});

test("somebody else's space is as good as none", async ({ page, stack, browser }) => {
  await signIn(page);
  await createFirstSpace(page);
  const spaceId = spaceIdOf(page);
  const other = await browser.newContext({ baseURL: stack.url });
  const theirs = await other.newPage();
  await signIn(theirs);
  const get = (id: string) => other.request.get(`${stack.url}/api/spaces/${id}/notion`);
  const [real, made] = [await get(String(spaceId)), await get("sp-never-existed")];
  expect([real.status(), made.status()]).toEqual([403, 403]);
  expect((await real.json()).reason).toBe((await made.json()).reason);
  const started = await other.request.post(`${stack.url}/api/spaces/${spaceId}/notion/consent`, {
    headers: { origin: stack.url },
    data: {},
  });
  expect(started.status()).toBe(403);
  await other.close();
});

test("a return path that the gateway would refuse starts nothing", async ({ page, stack }) => {
  await signIn(page);
  await createFirstSpace(page);
  const spaceId = spaceIdOf(page);
  for (const returnPath of [
    "//evil.example",
    "https://evil.example",
    "/\\evil",
    "/%2f%2fevil",
    `/s/${spaceId}/chat?status=success`,
    "/s/another/chat",
    "/chat",
  ]) {
    const answer = await page
      .context()
      .request.post(`${stack.url}/api/spaces/${spaceId}/notion/consent`, {
        headers: { origin: stack.url },
        data: { returnPath },
      });
    expect(answer.status()).toBe(422);
  }
});

test("no secret reaches the browser", async ({ page, stack }) => {
  const key = JSON.parse(readFileSync(join(stack.folder, "application.jwk"), "utf8"));
  const bodies: string[] = [];
  page.on("response", (answer) => {
    if (answer.url().startsWith(stack.url)) {
      answer.text().then(
        (text) => bodies.push(text),
        () => {},
      );
    }
  });
  await signedInAndConnected(page, stack);
  for (const path of ["/members", "/tokens", "/chat"]) await page.goto(path);
  await page.waitForLoadState("networkidle");
  expect(bodies.length).toBeGreaterThan(20);
  for (const body of bodies) {
    expect(body).not.toContain(key.d);
    expect(body).not.toMatch(/eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./); // a signed principal
    expect(body).not.toMatch(/GATEWAY_APPLICATION_KEY|AUTH_SECRET/);
  }
});

test.describe("with the demo's sign-in", () => {
  test("a name rebound to this machine gets no answer", async ({ request, stack }) => {
    const answer = await request.get(`${stack.url}/sign-in`, { headers: { host: "evil.example" } });
    expect(answer.status()).toBe(421);
  });
});
