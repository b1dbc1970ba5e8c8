import { MessageSquareOff, RotateCw } from "lucide-react";
import * as texts from "@/components/chat/texts";
import { Fault } from "@/components/fault";
import { PageLink } from "@/components/shell/going";
import { Button } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import type { Found } from "@/lib/chat/conversations";
import { conversationPath, spacePath } from "@/lib/space-paths";

/**
 * An address that names no conversation of this space: of another one's, it leads there. Where that
 * cannot be known now, it says why, and offers what can be done.
 */
export function NotHere({
  id,
  space,
  spaces,
  found,
  onAgain,
}: {
  id: string;
  space: Space;
  /** The person's. */
  spaces: Space[];
  found: Exclude<Found, { kind: "here" }>;
  /** It is looked for once more. */
  onAgain: () => void;
}) {
  const elsewhere = found.kind === "elsewhere" ? found.spaceId : null;
  const other = spaces.find(({ space_id }) => space_id === elsewhere);
  return (
    <div className="mx-auto flex w-full max-w-lg flex-1 flex-col justify-center gap-3 px-6">
      {found.kind === "unknown" ? (
        <>
          <h2 className="text-xl font-semibold tracking-tight">
            {texts.thisConversationCannotBeOpened}
          </h2>
          <Fault
            problem={found.problem}
            actions={
              <Button variant="outline" size="sm" onClick={onAgain}>
                <RotateCw aria-hidden="true" />
                {texts.tryAgainNow}
              </Button>
            }
          />
        </>
      ) : (
        <>
          <MessageSquareOff className="size-6 text-ink-faint" aria-hidden="true" />
          <h2 className="text-xl font-semibold tracking-tight">
            {elsewhere !== null ? texts.thisConversationBelongs : texts.thereIsNoSuch}
          </h2>
          <p className="text-ink-soft">
            {other
              ? texts.itWasHeldInWithThatSpaces(other.name, space.name)
              : elsewhere !== null
                ? texts.itWasHeldInASpace
                : texts.noConversationOfYours}
          </p>
        </>
      )}
      <div className="mt-2 flex flex-wrap gap-2">
        {other && (
          <Button asChild>
            <PageLink
              href={conversationPath(other.space_id, id)}
              name={other.name}
              prefetch={false}
            >
              {texts.openItIn(other.name)}
            </PageLink>
          </Button>
        )}
        <Button asChild variant={other ? "outline" : "primary"}>
          <PageLink
            href={spacePath(space.space_id, "chat")}
            name={texts.newConversation}
            prefetch={false}
          >
            {texts.newConversationIn(space.name)}
          </PageLink>
        </Button>
      </div>
    </div>
  );
}
