import * as texts from "@/components/shell/opened-texts";
import type { SpacesWorkspace } from "@/lib/api-types";
import { useLoaded } from "@/lib/use-loaded";

const NONE: readonly SpacesWorkspace[] = [];

/** What Notion calls the workspace that opens for the person in a space, once it is known. */
export function useWorkspaceNames(): (spaceId: string) => string | null {
  const { loaded } = useLoaded<SpacesWorkspace[]>("/api/workspaces");
  const found = loaded.state === "ready" ? loaded.value : NONE;
  return (spaceId) => found.find(({ space_id }) => space_id === spaceId)?.workspace.name ?? null;
}

/** A space in a list of them, with its workspace: their names may be alike. */
export function SpaceName({ name, workspace }: { name: string; workspace: string | null }) {
  return (
    <span className="min-w-0 flex-1">
      <span className="block truncate">{name}</span>
      {workspace && (
        <span className="block truncate text-xs text-ink-soft">
          <span className="sr-only">{texts.notionWorkspace}</span>
          {workspace}
        </span>
      )}
    </span>
  );
}
