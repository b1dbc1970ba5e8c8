import { expect, it } from "vitest";
import type { GatewayToken } from "@/lib/api-types";
import { callerGroups, callerNames } from "@/lib/callers";

const token = (token_id: string, kind: GatewayToken["kind"], name: string, user_id: string) =>
  ({ token_id, kind, name, user_id }) as GatewayToken;

it("names what calls by kind, with whose it is where that is not the reader", () => {
  const groups = callerGroups(
    [
      token("t-1", "personal", "CI", "ada"),
      token("t-2", "client", "Cursor", "ben"),
      token("t-3", "command_line", "Laptop", "ada"),
      token("t-4", "machine", "Nightly import", "ben"),
    ],
    "ada",
  );
  expect(groups).toEqual([
    { title: "Gateway tokens", callers: [{ id: "t-1", label: "CI" }] },
    {
      title: "Clients",
      callers: [
        { id: "t-2", label: "Cursor, ben" },
        { id: "t-3", label: "Laptop" },
      ],
    },
    { title: "Machines", callers: [{ id: "t-4", label: "Nightly import" }] },
  ]);
  expect(callerNames(groups).get("t-2")).toBe("Cursor, ben");
  expect(callerGroups([], "ada")).toEqual([]);
});
