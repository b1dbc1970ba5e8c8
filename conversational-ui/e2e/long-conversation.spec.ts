import type { Page, Request } from "@playwright/test";
import { arrive, MODEL, say } from "./support/chat";
import { expect, goTo, note, spaceIdOf, test } from "./support/test";

test.use({
  environment: [MODEL, { scope: "worker" }],
  expected: /status of 409/, // one is deleted at the gateway, which is then asked to go on in it
});

const TURNS = 90;
const MEGABYTE = 1024 * 1024;
const log = (page: Page) => page.getByRole("log", { name: "Conversation" });
const answers = (page: Page) => log(page).getByText("Assistant: ", { exact: true });

/** 9 MB that its model has thought, which no page shows; kept by the gateway alone. */
async function kept(page: Page): Promise<string> {
  const space = encodeURIComponent(spaceIdOf(page));
  return page.evaluate(
    async ({ space, turns }) => {
      const id = crypto.randomUUID();
      const text = "word ".repeat(20_000);
      const turn = (at: number) => [
        { id: `q${at}`, role: "user", parts: [{ type: "text", text: `Question ${at}` }] },
        {
          id: `a${at}`,
          role: "assistant",
          parts: [
            { type: "reasoning", text },
            { type: "text", text: `Answer ${at}` },
          ],
        },
      ];
      for (let from = 0; from < turns; from += 30) {
        const said = Array.from({ length: 30 }, (_, at) => turn(from + at)).flat();
        const answer = await fetch(`/api/spaces/${space}/conversations/${id}`, {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            title: "A long one",
            messages: Object.fromEntries(said.map((one) => [one.id, one])),
            gone: [],
            problem: null,
            waiting: 0,
          }),
        });
        if (!answer.ok) throw new Error(await answer.text());
      }
      return id;
    },
    { space, turns: TURNS },
  );
}

/** Asks, waits for the answer's end, and returns what was sent for it. */
async function asked(page: Page, count: number): Promise<Request> {
  const sending = page.waitForRequest(
    (request) => request.method() === "POST" && /\/api\/spaces\/[^/]+\/chat$/.test(request.url()),
  );
  await say(page, "Who am I?");
  const sent = await sending;
  await expect(answers(page)).toHaveCount(count);
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await expect(log(page).getByText(/this conversation has become too long for it/)).toHaveCount(
    count - TURNS,
  );
  return sent;
}

/** Here only, or on all devices: whichever it is not. */
async function choosePlace(page: Page, answer: string): Promise<void> {
  await page.getByRole("button", { name: "All conversations" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Keep them on all my devices" }).click();
  await page.getByRole("dialog").getByRole("button", { name: answer }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
}

/** How many messages of it the gateway has. */
const keptThere = (page: Page, id: string) =>
  page.evaluate(
    async (path) => (await (await fetch(path)).json())?.message_ids.length ?? 0,
    `/api/spaces/${encodeURIComponent(spaceIdOf(page))}/conversations/${id}?after=${Number.MAX_SAFE_INTEGER}`,
  );

const bytesOf = (request: Request) => request.postDataBuffer()?.length ?? 0;

test("a conversation of 9 MB goes on, and a question sends what is new", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const id = await kept(page);
  await goTo(page, `chat/${id}`);
  await expect(answers(page)).toHaveCount(TURNS);
  const sent = await asked(page, TURNS + 1);
  expect(bytesOf(sent)).toBeLessThan(2000);
  expect(sent.postDataJSON()).toMatchObject({
    kept: { through: `a${TURNS - 1}`, count: 2 * TURNS },
    leftOut: 0,
  });
  // The answer before may not have been sent yet; what is older is not sent in any case.
  expect(bytesOf(await asked(page, TURNS + 2))).toBeLessThan(20_000);

  // In this browser only the newest that fits is sent.
  await choosePlace(page, "Leave them there");
  const large = await asked(page, TURNS + 3);
  expect(bytesOf(large)).toBeGreaterThan(3 * MEGABYTE);
  expect(bytesOf(large)).toBeLessThan(4.5 * MEGABYTE);
  expect(large.postDataJSON().leftOut).toBeGreaterThan(TURNS / 2);

  // What the gateway has not got any more is sent after all, as much as fits.
  await choosePlace(page, "Send 1 conversation");
  await page.evaluate(
    (path) => fetch(path, { method: "DELETE" }),
    `/api/spaces/${encodeURIComponent(spaceIdOf(page))}/conversations/${id}`,
  );
  await asked(page, TURNS + 4);
  // And kept there again: it takes several requests.
  await expect.poll(() => keptThere(page, id)).toBe(2 * (TURNS + 4));
  await expect(note(page, "Kept in this browser only")).toHaveCount(0);
});
