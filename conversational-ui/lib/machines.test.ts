import { expect, it } from "vitest";
import { keySet, machineLine, workloadLine } from "@/lib/machines";

it.each([
  ["", null],
  ["  ", null],
  ["{", undefined],
  ["[]", undefined],
  ['{"keys": 1}', undefined],
  ['{"keys": []}', { keys: [] }],
])("reads a pasted key set: %j", (text, expected) => {
  expect(keySet(text)).toEqual(expected);
});

it("says how a machine and a workload get their tokens, in lines that a shell takes", () => {
  expect(machineLine("https://gw.example", "machine-1", "nmgs_x")).toBe(
    "curl -u 'machine-1:nmgs_x' 'https://gw.example/oauth/token' \\\n  -d grant_type=client_credentials",
  );
  const line = workloadLine("https://gw.example", "https://gw.example/mcp/notion/sp-1");
  expect(line).toContain("grant_type=urn:ietf:params:oauth:grant-type:token-exchange \\\n");
  expect(line).toContain("-d resource='https://gw.example/mcp/notion/sp-1'");
});
