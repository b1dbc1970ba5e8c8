import { Fault } from "@/components/fault";
import { otherPerson, signedOut } from "@/lib/person-problems";
import type { SignedIn } from "@/lib/whose-page";

/** Over a page that is not that of whoever is signed in. */
export default function WhosePageNotice({ now }: { now: SignedIn }) {
  return (
    <div className="fixed inset-x-0 top-0 z-60 mx-auto w-full max-w-xl p-3 print:hidden">
      <Fault
        className="shadow-lift"
        problem={now.userId === null ? signedOut() : otherPerson(now.name)}
      />
    </div>
  );
}
