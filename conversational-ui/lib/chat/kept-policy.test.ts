import "fake-indexeddb/auto";
import { expect, it, vi } from "vitest";
import { changePolicy, onPolicyNews, readPolicy } from "@/lib/chat/kept-policy";
import { NO_POLICY, withRule } from "@/lib/chat/tool-policy";

const ada = { userId: "ada", spaceId: "sp-1" };
const search = { name: "notion-search", kind: "read" } as const;
const update = { name: "notion-update-page", kind: "write" } as const;

it("two changes at once both hold, and each hears all of it", async () => {
  expect(await readPolicy(ada)).toEqual(NO_POLICY);
  const changed = await Promise.all([
    changePolicy(ada, (now) => withRule(now, search, "block")),
    changePolicy(ada, (now) => withRule(now, update, "allow")),
    changePolicy(ada, (now) => ({ ...now, readOnly: true })),
  ]);
  const all = {
    rules: { "notion-search": "block", "notion-update-page": "allow" },
    readOnly: true,
  };
  expect(changed.at(-1)).toEqual(all);
  expect(await readPolicy(ada)).toEqual(all);
  expect(await readPolicy({ ...ada, spaceId: "sp-2" })).toEqual(NO_POLICY);
});

it("other tabs are told whose it is", async () => {
  const other = new BroadcastChannel("tool-policies");
  const [told, heard]: [unknown[], string[]] = [[], []];
  other.onmessage = ({ data }) => told.push(data);
  const stop = onPolicyNews((owner) => heard.push(owner));
  await changePolicy(ada, (now) => now);
  await vi.waitFor(() => expect(told).toEqual(["ada\nsp-1"]));
  other.postMessage("x\ny");
  await vi.waitFor(() => expect(heard).toEqual(["x\ny"]));
  stop();
  other.close();
});
