"use client";

import {
  Building2,
  ChevronsUpDown,
  KeyRound,
  LogOut,
  Menu,
  MessageSquare,
  Monitor,
  Moon,
  Plug,
  Plus,
  Sun,
  Users,
} from "lucide-react";
import type { Route } from "next";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useEffect, useState, useTransition } from "react";
import { signOutAction } from "@/app/sign-in/actions";
import { SidebarSlot } from "@/components/shell/sidebar-slot";
import { NewSpaceDialog } from "@/components/spaces/new-space-dialog";
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";
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
import type { Space } from "@/lib/api-types";
import { cn } from "@/lib/cn";
import { rememberSpace } from "@/lib/space-cookie";
import { THEME_COOKIE, THEMES, type Theme } from "@/lib/theme";

export interface SidebarProps {
  person: { userId: string; name: string };
  spaces: Space[];
  spaceId: string | null;
  theme: Theme;
}

/** The frame of every page: a sidebar where there is room, a drawer where there is none. */
export function Shell({ children, ...props }: SidebarProps & { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const pathname = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: arriving somewhere closes the drawer
  useEffect(() => setOpen(false), [pathname]);
  const wide = useWide();
  return (
    <div className="md:grid md:h-dvh md:grid-cols-[16rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:left-3 focus:top-3 focus:z-60 focus:rounded-lg focus:bg-primary focus:px-3 focus:py-2 focus:text-sm focus:text-on-primary"
      >
        Skip to content
      </a>
      <aside className="hidden border-r border-line bg-surface md:flex md:h-dvh md:flex-col">
        {wide && <SidebarBody {...props} />}
      </aside>
      <header className="sticky top-0 z-30 flex h-13 items-center gap-1 border-b border-line bg-canvas/92 px-2 backdrop-blur md:hidden">
        <Dialog open={open} onOpenChange={setOpen}>
          <button
            type="button"
            aria-label="Open menu"
            aria-haspopup="dialog"
            onClick={() => setOpen(true)}
            className="rounded-lg p-2.5 text-ink-soft hover:bg-hover hover:text-ink"
          >
            <Menu className="size-5" aria-hidden="true" />
          </button>
          <DialogContent side aria-describedby={undefined} className="flex flex-col bg-surface">
            <DialogTitle className="sr-only">Menu</DialogTitle>
            <SidebarBody {...props} drawer />
          </DialogContent>
        </Dialog>
        <span className="truncate text-sm font-medium">
          {props.spaces.find((space) => space.space_id === props.spaceId)?.name ??
            "Notion MCP Gateway"}
        </span>
      </header>
      <main id="main" tabIndex={-1} className="min-w-0 outline-none md:h-dvh md:overflow-y-auto">
        {children}
      </main>
    </div>
  );
}

/** Only one of the two places for the sidebar is filled, so that ids and slots stay unique. */
function useWide(): boolean {
  const [wide, setWide] = useState(true);
  useEffect(() => {
    const query = window.matchMedia("(min-width: 48rem)");
    const look = () => setWide(query.matches);
    look();
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return wide;
}

const PAGES = [
  { href: "/chat", label: "Chat", icon: MessageSquare },
  { href: "/integrations", label: "Integrations", icon: Plug },
  { href: "/members", label: "Members", icon: Users },
  { href: "/tokens", label: "Gateway tokens", icon: KeyRound },
] as const satisfies { href: Route; label: string; icon: unknown }[];

function SidebarBody({ drawer = false, ...props }: SidebarProps & { drawer?: boolean }) {
  const pathname = usePathname();
  return (
    <>
      <div className={cn("p-3", drawer && "pr-13")}>
        <SpaceSwitcher {...props} />
      </div>
      <nav aria-label="Pages" className="px-3">
        <ul className="flex flex-col gap-0.5">
          {PAGES.map(({ href, label, icon: Icon }) => {
            const here = pathname === href || pathname.startsWith(`${href}/`);
            return (
              <li key={href}>
                <Link
                  href={href}
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
                </Link>
              </li>
            );
          })}
        </ul>
      </nav>
      <div className="mt-4 min-h-0 flex-1 overflow-y-auto px-3">
        <SidebarSlot />
      </div>
      <div className="border-t border-line p-3">
        <PersonMenu {...props} />
      </div>
    </>
  );
}

const SWITCH =
  "flex w-full items-center gap-2.5 rounded-lg px-2 py-1.5 text-left text-sm transition-colors hover:bg-hover data-[state=open]:bg-hover";

function SpaceSwitcher({ spaces, spaceId }: SidebarProps) {
  const router = useRouter();
  const [creating, setCreating] = useState(false);
  const [pending, startTransition] = useTransition();
  const current = spaces.find((space) => space.space_id === spaceId);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger className={cn(SWITCH, pending && "opacity-60")}>
          <Mark name={current?.name} />
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium">
              <span className="sr-only">Space: </span>
              {current?.name ?? "No space yet"}
            </span>
            <span className="block text-xs text-ink-soft">
              {current ? (current.role === "owner" ? "Owner" : "Member") : "Create one to begin"}
            </span>
          </span>
          <ChevronsUpDown className="size-4 shrink-0 text-ink-faint" aria-hidden="true" />
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start" className="w-60">
          {spaces.length > 0 && (
            <>
              <DropdownMenuLabel>Your spaces</DropdownMenuLabel>
              <DropdownMenuRadioGroup
                className="max-h-72 overflow-y-auto"
                value={spaceId ?? ""}
                onValueChange={(chosen) => {
                  rememberSpace(chosen);
                  startTransition(() => router.refresh());
                }}
              >
                {spaces.map((space) => (
                  <DropdownMenuRadioItem key={space.space_id} value={space.space_id}>
                    <Mark name={space.name} small />
                    <span className="truncate">{space.name}</span>
                  </DropdownMenuRadioItem>
                ))}
              </DropdownMenuRadioGroup>
              <DropdownMenuSeparator />
            </>
          )}
          {/* Once the menu is gone and its button has the focus again: that is where it returns to. */}
          <DropdownMenuItem onSelect={() => setTimeout(() => setCreating(true))}>
            <Plus aria-hidden="true" />
            New space
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <NewSpaceDialog open={creating} onOpenChange={setCreating} />
    </>
  );
}

function Mark({ name, small = false }: { name?: string | undefined; small?: boolean }) {
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

const THEME_WORDS: Record<Theme, { label: string; icon: typeof Sun }> = {
  system: { label: "As the system", icon: Monitor },
  light: { label: "Light", icon: Sun },
  dark: { label: "Dark", icon: Moon },
};

function PersonMenu({ person, theme: initial }: SidebarProps) {
  const [theme, setTheme] = useState(initial);
  const choose = (chosen: string) => {
    setTheme(chosen as Theme);
    document.documentElement.dataset.theme = chosen;
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store needs https
    document.cookie = `${THEME_COOKIE}=${chosen}; path=/; max-age=31536000; samesite=lax`;
  };
  return (
    <DropdownMenu>
      <DropdownMenuTrigger className={SWITCH}>
        <span
          aria-hidden="true"
          className="grid size-7 shrink-0 place-items-center rounded-full bg-hover text-[0.8125rem] font-semibold text-ink-soft"
        >
          {[...person.name][0]?.toUpperCase()}
        </span>
        <span className="min-w-0 flex-1 truncate font-medium">
          <span className="sr-only">Account: </span>
          {person.name}
        </span>
        <ChevronsUpDown className="size-4 shrink-0 text-ink-faint" aria-hidden="true" />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" side="top" className="w-58">
        <DropdownMenuLabel>
          Your user id
          <span className="block truncate font-mono text-[0.75rem] font-normal text-ink">
            {person.userId}
          </span>
        </DropdownMenuLabel>
        <DropdownMenuSeparator />
        <DropdownMenuLabel>Appearance</DropdownMenuLabel>
        <DropdownMenuRadioGroup value={theme} onValueChange={choose}>
          {THEMES.map((one) => {
            const { label, icon: Icon } = THEME_WORDS[one];
            return (
              <DropdownMenuRadioItem key={one} value={one}>
                <Icon aria-hidden="true" />
                {label}
              </DropdownMenuRadioItem>
            );
          })}
        </DropdownMenuRadioGroup>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => void signOutAction()}>
          <LogOut aria-hidden="true" />
          Sign out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
