"use client";

import { Command } from "cmdk";
import { Check, Plus, Search } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import * as texts from "@/components/shell/opened-texts";
import { SpaceName } from "@/components/shell/space-name";
import { Mark, SpaceFace, SWITCH } from "@/components/shell/switch-button";
import type { Space } from "@/lib/api-types";
import { hasWords } from "@/lib/palette";

/** The choice of a space where there are too many to look through. */
export default function SpaceSearch({
  spaces,
  current,
  workspaceOf,
  defaultOpen,
  onChoose,
  onNew,
}: {
  spaces: readonly Space[];
  current: Space | undefined;
  workspaceOf: (spaceId: string) => string | null;
  defaultOpen: boolean;
  onChoose: (spaceId: string) => void;
  onNew: () => void;
}) {
  const [isOpen, setIsOpen] = useState(defaultOpen);
  const [typed, setTyped] = useState("");
  const found = spaces.filter(({ name, space_id }) =>
    hasWords(`${name} ${workspaceOf(space_id) ?? ""}`, typed),
  );
  const change = (open: boolean) => {
    setIsOpen(open);
    setTyped("");
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={change}>
      <Popover.Trigger className={SWITCH}>
        <SpaceFace space={current} choosing />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={texts.yourSpaces}
          className="z-50 w-60 rounded-xl border border-line bg-raised p-1 shadow-lift animate-[fade_100ms_ease-out]"
        >
          <Command label={texts.searchYourSpaces} shouldFilter={false} vimBindings={false} loop>
            <div className="flex items-center gap-2.5 border-b border-line px-2.5 pb-1">
              <Search className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
              <Command.Input
                value={typed}
                onValueChange={setTyped}
                placeholder={texts.searchYourSpaces}
                className="h-8 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-ink-soft sm:text-sm"
              />
            </div>
            <Command.List label={texts.yourSpaces} className="max-h-72 overflow-y-auto py-1">
              <Command.Empty className="px-2.5 py-1.5 text-sm text-ink-soft">
                {texts.nothingFound}
              </Command.Empty>
              {found.map(({ space_id, name }) => (
                <Command.Item
                  key={space_id}
                  value={space_id}
                  onSelect={() => {
                    change(false);
                    onChoose(space_id);
                  }}
                  aria-current={space_id === current?.space_id || undefined}
                  className="flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm data-[selected=true]:bg-hover"
                >
                  <Mark name={name} small />
                  <SpaceName name={name} workspace={workspaceOf(space_id)} />
                  {space_id === current?.space_id && (
                    <Check className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
                  )}
                </Command.Item>
              ))}
            </Command.List>
          </Command>
          <div className="border-t border-line pt-1">
            <button
              type="button"
              onClick={() => {
                change(false);
                onNew();
              }}
              className="flex w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left text-sm hover:bg-hover"
            >
              <Plus className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
              {texts.newSpace}
            </button>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
