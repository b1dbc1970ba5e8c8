import * as texts from "@/app/texts";
import { Button } from "@/components/ui/button";

export const dynamic = "force-dynamic"; // the policy's nonce is made for each request

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-4 px-6">
      <h1 className="text-2xl font-semibold tracking-tight">{texts.thereIsNothing}</h1>
      <p className="text-ink-soft">{texts.theAddressMayBe}</p>
      <div>
        <Button asChild>
          {/* No Link: its code would come along with every page. */}
          <a href="/">{texts.goToTheChat}</a>
        </Button>
      </div>
    </main>
  );
}
