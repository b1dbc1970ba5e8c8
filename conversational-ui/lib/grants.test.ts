import { describe, expect, it } from "vitest";
import type { GrantMode, Grants, Whose } from "@/lib/api-types";
import {
  actsAs,
  connectedWords,
  invitation,
  lending,
  lent,
  MODE_WORDS,
  MODES,
  madeWords,
} from "@/lib/grants";

const choice = (mode: GrantMode, service_tokens_use_shared = true) => ({
  mode,
  service_tokens_use_shared,
});

const programs = "the space's service tokens, machines and workloads";

describe("before a consent it is said whose rights are lent to whom", () => {
  it.each<[GrantMode, boolean, Whose, string]>([
    ["shared", true, "shared", `You lend your rights to everybody in Sales, and ${programs}:`],
    ["shared", false, "shared", `You lend your rights to everybody in Sales, and ${programs}:`],
    [
      "personal_else_shared",
      true,
      "shared",
      `You lend your rights to everybody in Sales who has not connected their own Notion, and ${programs}:`,
    ],
    [
      "personal_else_shared",
      false,
      "shared",
      "You lend your rights to everybody in Sales who has not connected their own Notion:",
    ],
    ["personal", true, "shared", `You lend your rights to ${programs}:`],
    [
      "personal",
      false,
      "shared",
      "Nobody acts with it: everybody in Sales uses their own, and service tokens, machines and workloads reach nothing.",
    ],
    ["personal", true, "personal", "Only you act with it,"],
    ["personal_else_shared", false, "personal", "Only you act with it,"],
  ])("%s, service tokens %s: the %s one", (mode, service, whose, words) => {
    expect(lending(choice(mode, service), whose, "Sales")).toMatch(new RegExp(`^${words}`));
  });
});

describe("of a connection it is said", () => {
  const facts = { by: "ada", workspace: "Acme", you: "ben" };

  it("where it acts, in whose name, and for whom", () => {
    expect(lent(choice("shared"), "shared", "Sales", facts)).toBe(
      "Acts in the workspace Acme, in the name of ada. Used by everybody in Sales, and the space's service tokens, machines and workloads.",
    );
    expect(lent(choice("personal", false), "shared", "Sales", facts)).toMatch(/Used by nobody\.$/);
  });

  it("that it is in one's own name, and of a workspace without a name that it has none", () => {
    expect(
      lent(choice("personal"), "personal", "Sales", { by: "ben", workspace: null, you: "ben" }),
    ).toBe("Acts in a workspace that Notion has not named, in your name. Used by you alone.");
  });
});

describe("as whom somebody acts", () => {
  const grants = (more: Partial<Grants>): Grants => ({
    choice: { ...choice("personal_else_shared"), chosen_at: null, chosen_by: null },
    serves_you: "shared",
    serving: "connected",
    acts_as: "ada",
    workspace: { id: "w", name: "Acme" },
    ...more,
  });

  it("is whoever consented, in which workspace, by which connection", () => {
    expect(actsAs(grants({}), "ben")).toBe("Acts as ada in Acme, by the team's connection");
    expect(actsAs(grants({}), "ada")).toBe("Acts as you in Acme, by the team's connection");
    expect(actsAs(grants({ serves_you: "personal", acts_as: "ben" }), "ben")).toBe(
      "Acts as you in Acme",
    );
  });

  it("is not said where nobody is connected, or can say", () => {
    expect(actsAs(grants({ acts_as: null, serving: "disconnected" }), "ben")).toBeNull();
    expect(actsAs(null, "ben")).toBeNull();
  });
});

it("after a consent nobody is told that they can use what they cannot", () => {
  const told = (mode: GrantMode, whose: Whose, service = true) =>
    madeWords({ whose, choice: choice(mode, service) }, connectedWords("Acme", "Sales"));
  expect(told("shared", "shared")).toContain("Every member of the space can use it now.");
  expect(told("personal_else_shared", "shared")).toContain("who has not connected their own");
  expect(told("personal", "shared")).toContain("service tokens, machines and workloads can use it");
  expect(told("personal", "shared", false)).toContain("Nobody uses it");
  expect(told("personal", "personal")).toContain("Only you act with it");
  expect(told("shared", "shared")).toContain("The workspace Acme is connected to Sales.");
  expect(madeWords(null, connectedWords(null, "Sales"))).toBe("Notion is connected to Sales.");
  expect(madeWords(null, connectedWords("Acme", null))).toBe("The workspace Acme is connected.");
});

it("every mode has words, and its own reason to connect", () => {
  expect(Object.keys(MODE_WORDS).sort()).toEqual([...MODES].sort());
  const invitations = MODES.map((mode) => invitation(choice(mode), "personal"));
  expect(new Set([...invitations, invitation(choice("shared"), "shared")]).size).toBe(3);
});
