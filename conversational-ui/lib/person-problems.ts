import type { Problem, Words } from "@/lib/problems";

/** Of whom a page is, and who is signed in. Apart from other words, as most pages load none. */
export const PERSON_WORDS = {
  signed_out: { title: "You are signed out", hint: "Sign in again to go on." },
  other_person: {
    title: "Somebody else is signed in now",
    hint: "This page was made for whoever was signed in before. Reload it to go on.",
  },
} satisfies Record<string, Words>;

const said = (reason: keyof typeof PERSON_WORDS, status: number): Problem => ({
  reason,
  status,
  ...PERSON_WORDS[reason],
  detail: null,
  request_id: null,
  retry: false,
});

export const signedOut = (): Problem => said("signed_out", 401);

/** Another tab has signed in as ``name``. */
export const otherPerson = (name: string): Problem => ({
  ...said("other_person", 409),
  title: `You are signed in as ${name} now`,
});
