import "server-only";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { isUserId } from "@/lib/identifiers";
import { sameSitePath } from "@/lib/return-path";
import { auth } from "@/lib/server/auth";
import type { SignInError } from "@/lib/sign-in-errors";

/** Who is signed in. ``userId`` is what the gateway knows the person by. */
export interface Person {
  userId: string;
  name: string;
  /** The OpenID issuer that they signed in at, if there is one. */
  issuer: string | null;
}

export const person = cache(async (): Promise<Person | null> => {
  const session = await auth();
  const userId = session?.user?.id;
  if (!isUserId(userId)) return null;
  return { userId, name: session?.user?.name || userId, issuer: session?.user?.issuer ?? null };
});

/** For pages: sends whoever is not signed in to do so, and back here. */
export async function requirePerson(): Promise<Person> {
  return (await person()) ?? signInAgain();
}

/** Sends to the sign-in page, which says why by ``error``, and from there back here. */
export async function signInAgain(error?: SignInError): Promise<never> {
  const here = sameSitePath((await headers()).get("x-path"));
  const query = new URLSearchParams({
    ...(error && { error }),
    ...(here && here !== "/" && { next: here }),
  });
  redirect(query.size ? `/sign-in?${query}` : "/sign-in");
}
