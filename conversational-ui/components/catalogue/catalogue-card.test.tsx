// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { CatalogueCard } from "@/components/catalogue/catalogue-card";
import type { Catalogue, Space } from "@/lib/api-types";

afterEach(cleanup);

const SPACE = { space_id: "sp-1", name: "Birch", role: "member" } as Space;
const KNOWN: Catalogue = {
  space_id: "sp-1",
  grant: "shared",
  is_on: true,
  version: 2,
  process_id: "p-1",
  looked_at: "2026-11-30T10:00:00Z",
  failure: null,
  seen_version: 1,
  seen_at: null,
  seen_by: null,
  unseen_changes: 1,
  flagged_changes: 0,
  tools: [],
};

it.each([
  ["shared", "Notion's tools"],
  ["personal", "Notion's tools, with your own connection"],
] as const)("says of which connection the tools are: %s", (grant, name) => {
  render(<CatalogueCard space={SPACE} catalogue={{ ...KNOWN, grant }} />);
  expect(screen.getByRole("region", { name })).toBeDefined();
  expect(
    screen.getByRole("button", { name: name.replace("Notion", "Changes of Notion") }),
  ).toBeDefined();
});
