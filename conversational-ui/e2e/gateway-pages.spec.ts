// Every button of the gateway's own pages, as whoever may see it, in a browser: it holds a page's
// policy against each redirect that follows.
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { CLIENT, logInAtIssuer, startIssuer } from "./support/issuer";
import { type Stack, startStack } from "./support/stack.mjs";

const WITH_ISSUER = [false, true];
const ELSE = "Sign in as somebody else";

interface Site {
  stack: Stack;
  issuerUrl: string | undefined;
  clientUrl: string;
  stop: () => Promise<void>;
}

async function start(withIssuer: boolean): Promise<Site> {
  const client = await startClient();
  const issuer = withIssuer ? await startIssuer() : undefined;
  const stack = await startStack({
    gatewayEnvironment: issuer
      ? {
          GATEWAY_OIDC_ISSUER: issuer.url,
          GATEWAY_OIDC_AUDIENCE: CLIENT.id,
          GATEWAY_OIDC_CLIENT_ID: CLIENT.id,
          GATEWAY_OIDC_CLIENT_SECRET: CLIENT.secret,
        }
      : { GATEWAY_LOCAL_SIGN_IN: "1" },
  });
  issuer?.open(`${stack.gatewayUrl}/sign-in/callback`);
  for (const space of ["empty", "full"]) {
    stack.operate("spaces", "create", space, "--user", "ada", "--id", space);
    stack.operate("spaces", "add-member", space, "ben");
  }
  return {
    stack,
    issuerUrl: issuer?.url,
    clientUrl: `http://127.0.0.1:${(client.address() as AddressInfo).port}`,
    stop: async () => {
      client.close();
      client.closeAllConnections();
      await Promise.all([stack.stop(), issuer?.stop()]);
    },
  };
}

/** Where an MCP client waits for the browser. */
async function startClient(): Promise<Server> {
  const server = createServer((_, response) => response.end("You can close this page."));
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  return server;
}

/** What an MCP client opens in the browser. */
async function loginAddress({ stack, clientUrl }: Site, space: string): Promise<string> {
  const redirectUri = `${clientUrl}/callback`;
  const registered = await fetch(`${stack.gatewayUrl}/oauth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_name: "A program",
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: "none",
    }),
  });
  const { client_id } = (await registered.json()) as { client_id: string };
  const query = new URLSearchParams({
    response_type: "code",
    client_id,
    redirect_uri: redirectUri,
    state: "s",
    code_challenge: createHash("sha256").update(randomBytes(32)).digest("base64url"),
    code_challenge_method: "S256",
    resource: `${stack.gatewayUrl}/mcp/notion/${space}`,
  });
  return `${stack.gatewayUrl}/oauth/authorize?${query}`;
}

for (const withIssuer of WITH_ISSUER) {
  test.describe(withIssuer ? "with an issuer" : "without an issuer", () => {
    let site: Site;
    test.beforeAll(async () => {
      test.setTimeout(120_000);
      site = await start(withIssuer);
    });
    test.afterAll(() => site?.stop());

    const signIn = withIssuer ? "the issuer" : "the form for a name";
    const onConnectPage = { [ELSE]: signIn };
    const onApprovalPage = { Deny: "the client", Allow: "the client", [ELSE]: signIn };
    const refused = { "Back to the program": "the client", [ELSE]: signIn };
    const rows = [
      ["ada", "an owner", { "Go on to Notion": "Notion", ...onConnectPage }, onApprovalPage],
      ["ben", "a member", onConnectPage, onApprovalPage],
      ["eve", "a stranger", onConnectPage, refused],
    ] as const;
    for (const [person, what, connectPage, approvalPage] of rows) {
      test(`every button leads on for ${what}`, async ({ context }) => {
        const walk = new Walk(context, site, person);
        const { gatewayUrl } = site.stack;
        const first = person === "ada" ? { "Connect to Notion first": "the page to connect" } : {};

        expect(await walk.buttons(`${gatewayUrl}/sign-in`)).toEqual({ [ELSE]: "signed out" });
        for (const space of ["empty", "full"]) {
          expect(await walk.buttons(`${gatewayUrl}/connect/${space}`)).toEqual(connectPage);
        }
        expect(await walk.buttons(await loginAddress(site, "empty"))).toEqual({
          ...first,
          ...approvalPage,
        });
        if (person === "ada") await walk.connect("full");
        expect(await walk.buttons(await loginAddress(site, "full"))).toEqual(approvalPage);
        expect(walk.complaints).toEqual([]);
      });
    }
  });
}

class Walk {
  readonly complaints: string[] = [];

  constructor(
    private readonly context: BrowserContext,
    private readonly site: Site,
    private readonly person: string,
  ) {}

  /** Each button of a page, and where the browser is once it has been pressed. */
  async buttons(address: string): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    const page = await this.open(address);
    const names = await page.getByRole("button").or(page.getByRole("link")).allInnerTexts();
    await page.close();
    for (const name of names) {
      const pressed = await this.open(address);
      const before = pressed.url();
      await pressed.getByText(name, { exact: true }).click();
      await pressed.waitForURL((url) => url.href !== before, { timeout: 10_000 }).catch(() => {});
      found[name] = pressed.url() === before ? "nowhere" : this.nameOf(pressed.url());
      await pressed.close();
    }
    return found;
  }

  async connect(space: string): Promise<void> {
    const page = await this.open(`${this.site.stack.gatewayUrl}/connect/${space}`);
    await page.getByRole("button", { name: "Go on to Notion" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${this.site.stack.gatewayUrl}/connected?**`);
    await page.close();
  }

  /** Signed in as the person, whoever was before. */
  private async open(address: string): Promise<Page> {
    const page = await this.context.newPage();
    page.on("console", (line) => {
      if (/Content.Security.Policy/i.test(line.text())) this.complaints.push(line.text());
    });
    const { gatewayUrl } = this.site.stack;
    await page.goto(`${gatewayUrl}/sign-in`);
    if (this.nameOf(page.url()) === "the issuer") await logInAtIssuer(page, this.person);
    else if (await page.getByLabel("Name").isVisible()) {
      await page.getByLabel("Name").fill(this.person);
      await page.getByRole("button", { name: "Sign in" }).click();
    }
    await expect(page.getByText(`Not ${this.person}?`)).toBeVisible();
    await page.goto(address);
    return page;
  }

  private nameOf(address: string): string {
    const { origin, pathname } = new URL(address);
    const { stack, issuerUrl, clientUrl } = this.site;
    if (origin === stack.simulatorUrl) return "Notion";
    if (origin === clientUrl) return "the client";
    if (origin === issuerUrl) return "the issuer";
    if (pathname === "/sign-in") return "the form for a name";
    if (pathname === "/sign-out") return "signed out";
    if (pathname.startsWith("/connect/")) return "the page to connect";
    return pathname;
  }
}
