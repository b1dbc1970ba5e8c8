import { describe, expect, it } from "vitest";
import type { Invited, Member } from "@/lib/api-types";
import { grantsForm } from "@/lib/forms/grants";
import { invitationForm } from "@/lib/forms/invitation";
import { EMPTY_MACHINE, machineForm, workloadRequest } from "@/lib/forms/machine";
import { mailedInvitationForm } from "@/lib/forms/mailed-invitation";
import { policyForm } from "@/lib/forms/policy";
import { keepsLess, recordingForm, recordingNow, recordingRequest } from "@/lib/forms/recording";
import { resourceForm } from "@/lib/forms/resource";
import { deletionForm, spaceForm } from "@/lib/forms/space";
import { EMPTY_TOKEN, tokenForm, tokenRequest } from "@/lib/forms/token";
import { EMPTY_WEBHOOK, webhookForm } from "@/lib/forms/webhook";

type Checked = { success: boolean; error?: { issues: { path: PropertyKey[]; message: string }[] } };

/** What is wrong, by field; the first of each is what a person reads. */
const wrong = ({ error }: Checked) =>
  Object.fromEntries(
    (error?.issues ?? []).toReversed().map((one) => [one.path.join("."), one.message]),
  );

const SEARCH = { name: "notion-search", readOnly: true };
const WRITE = { name: "notion-update-page", readOnly: false };

describe("a token", () => {
  it("needs a name, and a tool where only some are allowed; all that is wrong is said at once", () => {
    const form = { ...EMPTY_TOKEN, name: "  ", onlySome: true };
    expect(wrong(tokenForm.safeParse(form))).toEqual({
      name: "A name tells this token from others.",
      tools: "Choose at least one tool, or allow all.",
    });
    expect(tokenForm.safeParse({ ...EMPTY_TOKEN, name: "Laptop" }).success).toBe(true);
  });

  it("that is read only has none of the tools that write, and a service manages nothing", () => {
    const limits = { readOnly: true, onlySome: true, tools: [WRITE] };
    const form = { ...EMPTY_TOKEN, ...limits, name: "x", isService: true, canManage: true };
    expect(Object.keys(wrong(tokenForm.safeParse(form)))).toEqual(["tools"]);
    expect(tokenRequest({ ...form, tools: [WRITE, SEARCH] })).toMatchObject({
      tools: ["notion-search"],
      can_manage: false,
      is_service: true,
    });
    expect(tokenRequest({ ...form, onlySome: false }).tools).toBeNull();
  });
});

describe("a machine", () => {
  const token = { ...EMPTY_MACHINE, name: "Deploy", proof: "token" as const };

  it("with a secret is asked for nothing of a token", () => {
    expect(machineForm.safeParse({ ...token, proof: "secret", issuer: "" }).success).toBe(true);
  });

  it("with a token of where it runs says whose, and brings keys that nobody can ask for", () => {
    expect(wrong(machineForm.safeParse({ ...token, issuer: " " }))).toEqual({
      issuer: "Whose tokens count?",
      subject: "Whose of its tokens count?",
    });
    const cluster = { ...token, subject: "s:a:b", runsOn: "kubernetes" as const };
    expect(wrong(machineForm.safeParse(cluster)).jwks).toMatch(/^Nobody outside can ask/);
    expect(wrong(machineForm.safeParse({ ...cluster, jwks: "[]" })).jwks).toMatch(/no JWK set/);
    const whole = machineForm.parse({ ...cluster, jwks: ' {"keys": []} ' });
    expect(workloadRequest(whole)).toMatchObject({ jwks: { keys: [] }, audience: null });
  });
});

it("an invitation by e-mail is of an address", () => {
  expect(wrong(mailedInvitationForm.safeParse({ address: "bob" })).address).toMatch(/^This is no/);
  expect(mailedInvitationForm.parse({ address: " b@c.de " })).toEqual({ address: "b@c.de" });
});

describe("an invitation", () => {
  const person = (user_id: string, role = "member") => ({ user_id, role });
  const form = invitationForm(
    [person("ada")] as unknown as Member[],
    [person("bob")] as unknown as Invited[],
  );
  const of = (userId: string, role = "member") => form.safeParse({ userId, role });

  it("is of an account name", () => {
    for (const one of [" ", "", "a\u200bb"]) {
      expect(wrong(of(one)).userId).toMatch(/^That is no account name/);
    }
    expect(form.parse({ userId: " joan ", role: "owner" })).toEqual({
      userId: "joan",
      role: "owner",
    });
  });

  it("asks nobody who is here, and nobody twice for the same role", () => {
    expect(wrong(of("ada")).userId).toBe("This person is here already.");
    expect(wrong(of("bob")).userId).toBe("This person is invited already.");
    expect(of("bob", "owner").success).toBe(true);
  });
});

it("of a template no part in braces is left", () => {
  const wrongIn = (address: string) => wrong(resourceForm.safeParse({ address })).address;
  expect(wrongIn(" ")).toBe("Which address is read?");
  expect(wrongIn("notion://pages/{id}")).toBe("A part of it is in braces still.");
  expect(wrongIn("notion://pages/1")).toBeUndefined();
});

it("whose connections are used, and what may be called, are of what there is", () => {
  const choice = { mode: "personal", service_tokens_use_shared: true };
  expect(grantsForm.safeParse(choice).success).toBe(true);
  expect(grantsForm.safeParse({ ...choice, mode: "nobody's" }).success).toBe(false);
  expect(policyForm.safeParse({ choice: "read_only" }).success).toBe(true);
  expect(wrong(policyForm.safeParse({ choice: undefined })).choice).toBe("Choose one of these.");
});

it("a space needs a name, and is deleted by its own", () => {
  expect(wrong(spaceForm.safeParse({ name: "  " })).name).toMatch(/^A name tells/);
  const deletion = deletionForm("Team");
  expect(deletion.safeParse({ name: "Team", keepAudit: true }).success).toBe(true);
  expect(wrong(deletion.safeParse({ name: "team", keepAudit: true })).name).toMatch(/another/);
});

it("a webhook needs an address, and an event where only some are told", () => {
  expect(wrong(webhookForm.safeParse({ ...EMPTY_WEBHOOK, onlySome: true }))).toEqual({
    url: "Messages need an address to go to.",
    events: "Choose at least one, or all.",
  });
});

describe("what is recorded", () => {
  const set = { set_at: null, set_by: null };
  const contents = { arguments: true, results: false, ...set };
  const now = (own: number | null) =>
    recordingNow({ days: own ?? 90, own_days: own, operator_days: 90, ...set }, contents);

  it("is kept for whole days, or as long as the operator has set", () => {
    expect(now(null)).toEqual({ kept: "operator", days: "90", arguments: true, results: false });
    for (const days of ["", "0", "1.5", "36501", "-1", "many"]) {
      const form = { ...now(7), days };
      expect(wrong(recordingForm.safeParse(form)).days).toMatch(/^A whole number of days/);
      expect(recordingForm.safeParse({ ...form, kept: "operator" }).success).toBe(true);
    }
    expect(recordingRequest(recordingForm.parse({ ...now(7), days: " 30 " })).days).toBe(30);
    expect(recordingRequest({ ...now(7), kept: "operator" }).days).toBeNull();
  });

  it("is less where it is kept for fewer days; none are for ever", () => {
    expect([keepsLess(30, 90), keepsLess(30, 0)]).toEqual([true, true]);
    expect([keepsLess(90, 30), keepsLess(90, 90), keepsLess(0, 90)]).toEqual([false, false, false]);
  });
});
