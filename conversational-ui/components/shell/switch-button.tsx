import { Building2, ChevronsUpDown } from "lucide-react";
import type { ReactNode } from "react";
import { useConnections } from "@/components/notion/use-connection";
import * as texts from "@/components/shell/texts";
import type { Space } from "@/lib/api-types";
import { cn } from "@/lib/cn";

/** How the two buttons of the sidebar look that open a menu. */
export const SWITCH =
  "flex w-full items-center gap-2.5 rounded-lg px-2 py-1.5 text-left text-sm transition-colors hover:bg-hover data-[state=open]:bg-hover";

function Face({ mark, children }: { mark: ReactNode; children: ReactNode }) {
  return (
    <>
      {mark}
      {children}
      <ChevronsUpDown className="size-4 shrink-0 text-ink-faint" aria-hidden="true" />
    </>
  );
}

const UNKNOWN = {
  yet: { name: texts.spacesNotLoaded, why: texts.waitingForTheGateway },
  never: { name: texts.spacesNotLoaded2, why: texts.theGatewayDoes },
};

/**
 * ``unknown``: the gateway could not be asked; that is no lack of spaces. ``choosing``: there are
 * some, of which none was chosen.
 */
export function SpaceFace({
  space,
  unknown = false,
  choosing = false,
}: {
  space: Space | undefined;
  unknown?: false | keyof typeof UNKNOWN;
  choosing?: boolean;
}) {
  const yet = choosing ? texts.noSpaceChosen : texts.noSpaceYet;
  const name = space?.name ?? (unknown ? UNKNOWN[unknown].name : yet);
  const role = space?.role === "owner" ? texts.owner : texts.member;
  const begin = choosing ? texts.chooseOneToBegin : texts.createOneToBegin;
  const none = unknown ? UNKNOWN[unknown].why : begin;
  return (
    <Face mark={<Mark name={space?.name} />}>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          <span className="sr-only">{texts.space}</span>
          {name}
        </span>
        <span className="block truncate text-xs text-ink-soft">
          {space ? role : none}
          {space && <Workspace spaceId={space.space_id} />}
        </span>
      </span>
    </Face>
  );
}

/** Whose pages are read and changed here: two spaces may have one name. */
function Workspace({ spaceId }: { spaceId: string }) {
  const name = useConnections(spaceId).now?.grants.workspace?.name;
  return name ? ` · ${name}` : null;
}

export function PersonFace({ name }: { name: string }) {
  return (
    <Face
      mark={
        <span
          aria-hidden="true"
          className="grid size-7 shrink-0 place-items-center rounded-full bg-hover text-[0.8125rem] font-semibold text-ink-soft"
        >
          {[...name][0]?.toUpperCase()}
        </span>
      }
    >
      <span className="min-w-0 flex-1 truncate font-medium">
        <span className="sr-only">{texts.account}</span>
        {name}
      </span>
    </Face>
  );
}

export function Mark({ name, small = false }: { name?: string | undefined; small?: boolean }) {
  const first = name ? [...name.trim()][0]?.toUpperCase() : undefined;
  return (
    <span
      aria-hidden="true"
      className={cn(
        "grid shrink-0 place-items-center rounded-md bg-primary font-semibold text-on-primary",
        small ? "size-5 text-[0.6875rem]" : "size-7 text-[0.8125rem]",
      )}
    >
      {first ?? <Building2 className="size-4" />}
    </span>
  );
}
