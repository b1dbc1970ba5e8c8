import "server-only";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { isUserId } from "@/lib/identifiers";
import { sameSitePath } from "@/lib/return-path";
import { auth } from "@/lib/server/auth";

/** Who is signed in. ``userId`` is what the gateway knows the person by. */
export interface Person {
  userId: string;
  name: string;
}

export const person = cache(async (): Promise<Person | null> => {
  const session = await auth();
  const userId = session?.user?.id;
  return isUserId(userId) ? { userId, name: session?.user?.name || userId } : null;
});

/** For pages: sends whoever is not signed in to do so, and back here. */
export async function requirePerson(): Promise<Person> {
  const found = await person();
  if (found) return found;
  const here = sameSitePath((await headers()).get("x-path"));
  redirect(here && here !== "/" ? `/sign-in?next=${encodeURIComponent(here)}` : "/sign-in");
}
