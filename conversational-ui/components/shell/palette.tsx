"use client";

import { Command } from "cmdk";
import { Keyboard, type LucideIcon, MessageSquareText, Plus, Search } from "lucide-react";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { useEffect, useState } from "react";
import { useGo } from "@/components/shell/going";
import * as texts from "@/components/shell/opened-texts";
import { pagesOf, type SidebarProps } from "@/components/shell/sidebar";
import { Mark } from "@/components/shell/switch-button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import type { ConversationHead } from "@/lib/chat/conversations";
import { listKept } from "@/lib/chat/kept-conversations";
import { type Entry, matching } from "@/lib/palette";
import { rememberSpace } from "@/lib/space-cookie";
import { conversationPath, pageAt, spacePath } from "@/lib/space-paths";

const ShortcutsDialog = dynamic(() => import("@/components/chat/shortcuts-dialog"), {
  ssr: false,
});

interface Choice extends Entry {
  /** Of a space its mark is shown. */
  icon: LucideIcon | null;
  go: () => void;
}

/** Pages, conversations and spaces by name, and what can be begun from anywhere. */
export default function Palette({
  isOpen,
  onClose,
  ...props
}: SidebarProps & { isOpen: boolean; onClose: () => void }) {
  const [isListing, setIsListing] = useState(false);
  return (
    <>
      <Dialog open={isOpen} onOpenChange={(open) => open || onClose()}>
        <DialogContent className="top-[12vh] max-h-[76dvh] translate-y-0 p-0">
          <DialogTitle className="sr-only">{texts.findOrGoTo}</DialogTitle>
          <DialogDescription className="sr-only">{texts.typeToFindPages}</DialogDescription>
          <Choices
            {...props}
            onClose={onClose}
            onList={() => setTimeout(() => setIsListing(true))}
          />
        </DialogContent>
      </Dialog>
      {isListing && <ShortcutsDialog onClose={() => setIsListing(false)} />}
    </>
  );
}

function Choices({
  onClose,
  onList,
  ...props
}: SidebarProps & { onClose: () => void; onList: () => void }) {
  const [typed, setTyped] = useState("");
  const choices = useChoices(props, onList);
  const found = matching(choices, typed);
  const groups = Map.groupBy(found, ({ group }) => group);
  return (
    // Without keys for lists as in vi, one of which is the palette's own.
    <Command label={texts.findOrGoTo} shouldFilter={false} vimBindings={false} loop>
      <div className="flex items-center gap-2.5 border-b border-line py-1 pr-12 pl-4">
        <Search className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
        <Command.Input
          value={typed}
          onValueChange={setTyped}
          placeholder={texts.findOrGoTo}
          className="h-11 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-ink-soft"
        />
      </div>
      <Command.List label={texts.found} className="max-h-[60dvh] overflow-y-auto p-2">
        <Command.Empty className="px-3 py-6 text-center text-sm text-ink-soft">
          {texts.nothingFound}
        </Command.Empty>
        {[...groups].map(([group, members]) => (
          <Command.Group
            key={group}
            heading={group}
            className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-ink-soft"
          >
            {members.map(({ id, label, icon: Icon, go }) => (
              <Command.Item
                key={id}
                value={id}
                onSelect={() => {
                  onClose();
                  go();
                }}
                className="flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-2 text-sm data-[selected=true]:bg-hover"
              >
                {Icon ? (
                  <Icon className="size-4 shrink-0 text-ink-soft" aria-hidden="true" />
                ) : (
                  <Mark name={label} small />
                )}
                <span dir="auto" className="min-w-0 truncate">
                  {label}
                </span>
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}

/** All that there is to choose from; conversations follow once they have been read. */
function useChoices(props: SidebarProps, onList: () => void): Choice[] {
  const { person, spaces, spaceId } = props;
  const go = useGo();
  const pathname = usePathname();
  const [heads, setHeads] = useState<readonly ConversationHead[]>([]);
  useEffect(() => {
    if (spaceId === null) return;
    let left = false;
    void listKept({ userId: person.userId, spaceId }).then(
      (list) => left || setHeads(list.conversations),
    );
    return () => {
      left = true;
    };
  }, [person.userId, spaceId]);
  const pages = pagesOf(props).map(({ label, icon, href }) => ({
    id: `page:${href}`,
    group: texts.pages,
    label,
    icon,
    go: () => go(href, label),
  }));
  const shortcuts: Choice = {
    id: "shortcuts",
    group: texts.doIt,
    label: texts.keyboardShortcuts,
    icon: Keyboard,
    go: onList,
  };
  const others = spaces
    .filter((space) => space.space_id !== spaceId)
    .map((space) => ({
      id: `space:${space.space_id}`,
      group: texts.spaces,
      label: space.name,
      icon: null,
      go: () => {
        rememberSpace(space.space_id, person.userId);
        go(spacePath(space.space_id, pageAt(pathname)), space.name);
      },
    }));
  if (spaceId === null) return [...pages, shortcuts, ...others];
  const begun: Choice = {
    id: "new-conversation",
    group: texts.doIt,
    label: texts.newConversation,
    icon: Plus,
    go: () => go(spacePath(spaceId, "chat"), texts.chat),
  };
  const conversations = heads.map(({ id, title }) => ({
    id: `conversation:${id}`,
    group: texts.conversations,
    label: title,
    icon: MessageSquareText,
    go: () => go(conversationPath(spaceId, id), title),
  }));
  return [...pages, begun, shortcuts, ...conversations, ...others];
}
