import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { signInToDemo, signInWithIssuer } from "@/app/sign-in/actions";
import * as texts from "@/app/sign-in/texts";
import { NobodySignedIn } from "@/components/shell/nobody-signed-in";
import { SubmitButton } from "@/components/submit-button";
import { Field, Input } from "@/components/ui/input";
import { sameSitePath } from "@/lib/return-path";
import { person } from "@/lib/server/session";
import { signInSettings } from "@/lib/server/settings";
import { soon } from "@/lib/server/soon";
import { isSignInRevoked } from "@/lib/server/told-sign-in";
import { SIGN_IN_ERRORS, signInError } from "@/lib/sign-in-errors";

export const metadata: Metadata = { title: texts.signIn };

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const query = await searchParams;
  const next = sameSitePath(query.next) ?? sameSitePath(pathOf(query.callbackUrl)) ?? "/";
  const who = await person();
  const isRevoked = who !== null && (await soon(isSignInRevoked(who), false));
  if (who && !isRevoked) redirect(next as "/");
  const { oidc, demo, demoName } = signInSettings();
  const error = isRevoked ? SIGN_IN_ERRORS.Revoked : signInError(query.error);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center gap-8 px-6 py-12">
      {!who && <NobodySignedIn />}
      <div>
        <p className="text-sm font-medium text-ink-soft">{texts.notionMcpGateway}</p>
        <h1 className="mt-1 text-2xl font-semibold tracking-tight">{texts.signIn}</h1>
        <p className="mt-1.5 text-ink-soft">{texts.connectYourTeams}</p>
      </div>
      {error && (
        <p role="alert" className="rounded-lg bg-bad-wash px-3.5 py-2.5 text-sm text-bad">
          {error}
        </p>
      )}
      {oidc && (
        <form action={signInWithIssuer}>
          <input type="hidden" name="next" value={next} />
          <SubmitButton className="w-full" size="lg">
            {texts.continueWith(oidc.name)}
          </SubmitButton>
        </form>
      )}
      {demo && (
        <form action={signInToDemo} className="flex flex-col gap-4">
          <input type="hidden" name="next" value={next} />
          <Field id="name" label={texts.yourName} hint={texts.thisIsADemonstration}>
            <Input
              id="name"
              name="name"
              required
              maxLength={60}
              autoComplete="nickname"
              defaultValue={demoName ?? texts.mona}
              aria-describedby="name-hint"
              className="h-11!"
            />
          </Field>
          <SubmitButton className="w-full" size="lg" variant={oidc ? "outline" : "primary"}>
            {texts.signIn}
          </SubmitButton>
        </form>
      )}
    </main>
  );
}

function pathOf(address: unknown): string | null {
  const url = typeof address === "string" ? URL.parse(address) : null;
  return url && url.pathname + url.search;
}
