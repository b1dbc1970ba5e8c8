import { MessageSquareOff } from "lucide-react";
import { PageLink } from "@/components/shell/going";
import { Button } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import { conversationPath, spacePath } from "@/lib/space-paths";

/** An address that names no conversation of this space: of another one's, it leads there. */
export function NotHere({
  id,
  space,
  spaces,
  elsewhere,
}: {
  id: string;
  space: Space;
  /** The person's. */
  spaces: Space[];
  /** The space that it belongs to; null where this browser has no such conversation. */
  elsewhere: string | null;
}) {
  const other = spaces.find(({ space_id }) => space_id === elsewhere);
  return (
    <div className="mx-auto flex w-full max-w-lg flex-1 flex-col justify-center gap-3 px-6">
      <MessageSquareOff className="size-6 text-ink-faint" aria-hidden="true" />
      <h2 className="text-xl font-semibold tracking-tight">
        {elsewhere === null
          ? "This conversation is not here"
          : "This conversation belongs to another space"}
      </h2>
      <p className="text-ink-soft">
        {elsewhere === null
          ? `Conversations stay in the browser they were held in. This one was deleted, or held in another browser or by somebody else.`
          : other
            ? `It was held in ${other.name}, with that space's Notion. You are in ${space.name}.`
            : "It was held in a space that you do not belong to any more."}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {other && (
          <Button asChild>
            <PageLink
              href={conversationPath(other.space_id, id)}
              name={other.name}
              prefetch={false}
            >
              Open it in {other.name}
            </PageLink>
          </Button>
        )}
        <Button asChild variant={other ? "outline" : "primary"}>
          <PageLink
            href={spacePath(space.space_id, "chat")}
            name="New conversation"
            prefetch={false}
          >
            New conversation in {space.name}
          </PageLink>
        </Button>
      </div>
    </div>
  );
}
