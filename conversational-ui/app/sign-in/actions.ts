"use server";

import { redirect } from "next/navigation";
import { AuthError } from "next-auth";
import { sameSitePath } from "@/lib/return-path";
import { signIn, signOut } from "@/lib/server/auth";

const next = (form: FormData): string => sameSitePath(form.get("next")) ?? "/";

export async function signInWithIssuer(form: FormData): Promise<void> {
  await signIn("oidc", { redirectTo: next(form) });
}

export async function signInToDemo(form: FormData): Promise<void> {
  const target = next(form);
  try {
    await signIn("demo", { name: String(form.get("name") ?? ""), redirectTo: target });
  } catch (fault) {
    if (!(fault instanceof AuthError)) throw fault; // a redirect is thrown, too
    redirect(`/sign-in?error=Name&next=${encodeURIComponent(target)}`);
  }
}

export async function signOutAction(): Promise<void> {
  await signOut({ redirectTo: "/sign-in" });
}
