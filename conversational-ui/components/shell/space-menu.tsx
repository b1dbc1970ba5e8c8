"use client";

import { Plus } from "lucide-react";
import { usePathname } from "next/navigation";
import { lazy, useState } from "react";
import { useGo } from "@/components/shell/going";
import * as texts from "@/components/shell/opened-texts";
import type { SidebarProps } from "@/components/shell/sidebar";
import { SpaceName, useWorkspaceNames } from "@/components/shell/space-name";
import { Mark, SpaceFace, SWITCH } from "@/components/shell/switch-button";
import { NewSpaceDialog } from "@/components/spaces/new-space-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { rememberSpace } from "@/lib/space-cookie";
import { pageAt, spacePath } from "@/lib/space-paths";

const SpaceSearch = lazy(() => import("@/components/shell/space-search"));

/** More than can be seen at a glance. */
const MANY = 7;

/** Mounted when somebody asks for it, and open at once. */
export default function SpaceMenu({ person, spaces, spaceId, unknown }: SidebarProps) {
  const go = useGo();
  const pathname = usePathname();
  const [creating, setCreating] = useState(false);
  const workspaceOf = useWorkspaceNames();
  const current = spaces.find((space) => space.space_id === spaceId);
  const choose = (chosen: string) => {
    rememberSpace(chosen, person.userId);
    const name = spaces.find(({ space_id }) => space_id === chosen)?.name ?? "";
    go(spacePath(chosen, pageAt(pathname)), name);
  };
  // Once the menu is gone and its button has the focus again: that is where it returns to.
  const createNew = () => setTimeout(() => setCreating(true));
  // Which of the two was asked for: the other comes when a space is made or deleted, and closed.
  const isMany = spaces.length > MANY;
  const [wasMany] = useState(isMany);
  const newSpace = (
    <NewSpaceDialog userId={person.userId} open={creating} onOpenChange={setCreating} />
  );
  if (isMany) {
    return (
      <>
        <SpaceSearch
          spaces={spaces}
          current={current}
          workspaceOf={workspaceOf}
          defaultOpen={wasMany}
          onChoose={choose}
          onNew={createNew}
        />
        {newSpace}
      </>
    );
  }
  return (
    <>
      <DropdownMenu defaultOpen={!wasMany}>
        <DropdownMenuTrigger className={SWITCH}>
          <SpaceFace space={current} unknown={unknown} choosing={spaces.length > 0} />
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start" className="w-60">
          {spaces.length > 0 && (
            <>
              <DropdownMenuLabel>{texts.yourSpaces}</DropdownMenuLabel>
              <DropdownMenuRadioGroup
                className="max-h-72 overflow-y-auto"
                value={spaceId ?? ""}
                onValueChange={choose}
              >
                {spaces.map((space) => (
                  <DropdownMenuRadioItem key={space.space_id} value={space.space_id}>
                    <Mark name={space.name} small />
                    <SpaceName name={space.name} workspace={workspaceOf(space.space_id)} />
                  </DropdownMenuRadioItem>
                ))}
              </DropdownMenuRadioGroup>
              <DropdownMenuSeparator />
            </>
          )}
          <DropdownMenuItem onSelect={createNew}>
            <Plus aria-hidden="true" />
            {texts.newSpace}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      {newSpace}
    </>
  );
}
