"use client";

import {
  Cable,
  KeyRound,
  MailOpen,
  MessageSquare,
  Plug,
  ScrollText,
  Search,
  Users,
  Wrench,
} from "lucide-react";
import type { Route } from "next";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { ConnectionMark } from "@/components/notion/connection-mark";
import { GoingNote, GoingProvider, PageLink, useGoing } from "@/components/shell/going";
import { menuOnDemand } from "@/components/shell/menu-on-demand";
import { FIND, FindButton, MenuButton, ShellProvider } from "@/components/shell/phone-buttons";
import { SidebarSlot } from "@/components/shell/sidebar-slot";
import { PersonFace, SpaceFace } from "@/components/shell/switch-button";
import * as texts from "@/components/shell/texts";
import { usePalette } from "@/components/shell/use-palette";
import { WhosePage } from "@/components/shell/whose-page";
import { Badge } from "@/components/ui/badge";
import type { Space } from "@/lib/api-types";
import { cn } from "@/lib/cn";
import { type SpacePage, spacePath } from "@/lib/space-paths";
import type { Theme } from "@/lib/theme";
import { useMedia } from "@/lib/use-media";
import { useWas } from "@/lib/use-was";

export interface SidebarProps {
  person: { userId: string; name: string };
  spaces: Space[];
  /** How many spaces they are invited to. */
  invitations: number;
  /** The spaces could not be loaded, or not in time for the page's first view. */
  unknown: false | "yet" | "never";
  spaceId: string | null;
  theme: Theme;
}

const Palette = dynamic(() => import("@/components/shell/palette"), { ssr: false });
const Drawer = dynamic(() => import("@/components/shell/drawer"));
const SpaceMenu = menuOnDemand<SidebarProps>(() => import("@/components/shell/space-menu"));
const PersonMenu = menuOnDemand<SidebarProps>(() => import("@/components/shell/person-menu"));

/** The frame of every page: a sidebar where there is room, a drawer where there is none. */
export function Shell({ children, ...props }: SidebarProps & { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const pathname = usePathname();
  const [pathBefore, setPathBefore] = useState(pathname);
  if (pathname !== pathBefore) {
    setPathBefore(pathname);
    setOpen(false); // arriving somewhere closes the drawer
  }
  const { going, go } = useGoing(useCallback(() => setOpen(false), []));
  // Only one of the two places for the sidebar is filled, so that ids and slots stay unique.
  const wide = useMedia("(min-width: 48rem)", true);
  const wasOpened = useWas(open);
  const palette = usePalette();
  const wasPalette = useWas(palette.isOpen);
  const actions = useMemo(
    () => ({ openMenu: () => setOpen(true), find: palette.open }),
    [palette.open],
  );
  return (
    <GoingProvider value={go}>
      <ShellProvider value={actions}>
        <div className="md:grid md:h-dvh md:grid-cols-[16rem_minmax(0,1fr)] print:block print:h-auto">
          <a
            href="#main"
            className="sr-only focus:not-sr-only focus:fixed focus:left-3 focus:top-3 focus:z-60 focus:rounded-lg focus:bg-primary focus:px-3 focus:py-2 focus:text-sm focus:text-on-primary"
          >
            {texts.skipToContent}
          </a>
          {/* What it may say comes after the first link, which leads past all that stands around. */}
          <WhosePage key={props.person.userId} person={props.person} />
          <aside className="hidden border-r border-line bg-surface md:flex md:h-dvh md:flex-col print:hidden">
            {wide && <SidebarBody {...props} onFind={palette.open} />}
          </aside>
          <header className="sticky top-0 z-30 flex h-13 items-center gap-1 border-b border-line bg-canvas/92 px-2 backdrop-blur md:hidden [:root:has([data-header])_&]:hidden print:hidden">
            <MenuButton />
            {wasOpened && <Drawer {...props} open={open} onOpenChange={setOpen} />}
            <span className="truncate text-sm font-medium">
              {props.spaces.find((space) => space.space_id === props.spaceId)?.name ??
                texts.notionMcpGateway}
            </span>
            <span className="ml-auto flex">
              <FindButton />
            </span>
          </header>
          {wasPalette && <Palette {...props} isOpen={palette.isOpen} onClose={palette.close} />}
          <main
            id="main"
            tabIndex={-1}
            // relative: what is placed absolutely in it scrolls with it, and does not make the window longer
            className="relative min-w-0 outline-none md:h-dvh md:overflow-y-auto print:h-auto print:overflow-visible"
          >
            <GoingNote going={going} />
            {children}
          </main>
        </div>
      </ShellProvider>
    </GoingProvider>
  );
}

const PAGES = [
  { page: "chat", label: texts.chat, icon: MessageSquare },
  { page: "tools", label: texts.tools, icon: Wrench },
  { page: "integrations", label: texts.integrations, icon: Plug },
  { page: "members", label: texts.members, icon: Users },
  { page: "clients", label: texts.connectAClient, icon: Cable },
  { page: "tokens", label: texts.gatewayTokens, icon: KeyRound },
  { page: "activity", label: texts.activity, icon: ScrollText },
] as const satisfies { page: SpacePage; label: string; icon: unknown }[];
/** Only while there are some. */
const INVITATIONS = { page: "invitations", label: texts.invitations, icon: MailOpen } as const;

/** With where they are: in no space, an address asks for one. */
export function pagesOf({ invitations, spaceId }: SidebarProps) {
  const pages = invitations > 0 ? [...PAGES, INVITATIONS] : PAGES;
  return pages.map((one) => ({
    ...one,
    href: spaceId === null ? (`/${one.page}` as Route) : spacePath(spaceId, one.page),
  }));
}

export function SidebarBody({
  drawer = false,
  onFind,
  ...props
}: SidebarProps & { drawer?: boolean; onFind?: () => void }) {
  const pathname = usePathname();
  const current = props.spaces.find((space) => space.space_id === props.spaceId);
  return (
    <>
      <div className={cn("p-3", drawer && "pr-13")}>
        <SpaceMenu
          {...props}
          face={
            <SpaceFace space={current} unknown={props.unknown} choosing={props.spaces.length > 0} />
          }
        />
        {onFind && (
          <button
            type="button"
            aria-haspopup="dialog"
            aria-keyshortcuts="Control+K Meta+K"
            onClick={onFind}
            className="mt-2 flex w-full items-center gap-2.5 rounded-lg border border-line bg-canvas px-2.5 py-1.5 text-left text-sm text-ink-soft transition-colors hover:text-ink"
          >
            <Search className="size-4 shrink-0" aria-hidden="true" />
            {FIND}
          </button>
        )}
      </div>
      <nav aria-label={texts.pages} className="px-3">
        <ul className="flex flex-col gap-0.5">
          {pagesOf(props).map(({ page, label, icon: Icon, href }) => {
            const here = pathname === href || pathname.startsWith(`${href}/`);
            return (
              <li key={page}>
                <PageLink
                  href={href}
                  name={label}
                  // The chat is the one page whose code is large: not before somebody goes there.
                  prefetch={page === "chat" ? false : null}
                  aria-current={here ? "page" : undefined}
                  className={cn(
                    "flex items-center gap-2.5 rounded-lg px-2.5 py-1.75 text-sm transition-colors",
                    here
                      ? "bg-hover font-medium text-ink"
                      : "text-ink-soft hover:bg-hover hover:text-ink",
                  )}
                >
                  <Icon className="size-4 shrink-0" aria-hidden="true" />
                  {label}
                  {page === "integrations" && props.spaceId !== null && (
                    <span className="ml-auto flex">
                      <ConnectionMark spaceId={props.spaceId} />
                    </span>
                  )}
                  {page === INVITATIONS.page && <Badge>{props.invitations}</Badge>}
                </PageLink>
              </li>
            );
          })}
        </ul>
      </nav>
      <div className="mt-4 min-h-0 flex-1 overflow-y-auto px-3">
        <SidebarSlot />
      </div>
      <div className="border-t border-line p-3">
        <PersonMenu {...props} face={<PersonFace name={props.person.name} />} />
      </div>
    </>
  );
}
