"use client";

import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { signOutAction } from "@/app/sign-in/actions";
import * as texts from "@/components/shell/opened-texts";
import type { SidebarProps } from "@/components/shell/sidebar";
import { PersonFace, SWITCH } from "@/components/shell/switch-button";
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
import { THEME_COOKIE, THEMES, type Theme } from "@/lib/theme";

const THEME_WORDS: Record<Theme, { label: string; icon: typeof Sun }> = {
  system: { label: texts.asTheSystem, icon: Monitor },
  light: { label: texts.light, icon: Sun },
  dark: { label: texts.dark, icon: Moon },
};

const SignOutDialog = dynamic(() => import("@/components/shell/sign-out-dialog"), { ssr: false });

/** What the browser keeps of conversations; of no use before somebody signs out. */
const leaving = () => import("@/lib/chat/leave-browser");

/**
 * Neither calls that were made by hand nor conversations stay behind, but for those that nobody else
 * has, unless ``isAll``; where they cannot go, signing out still does.
 */
async function signOut(userId: string, isAll: boolean): Promise<void> {
  const gone = [
    leaving().then(({ leaveBrowser }) => leaveBrowser(userId, isAll)),
    import("@/lib/console/call-history").then(({ forgetAllCalls }) => forgetAllCalls()),
  ];
  await Promise.allSettled(gone);
  await signOutAction();
}

/** Mounted when somebody asks for it, and open at once. */
export default function PersonMenu({ person, theme: initial }: SidebarProps) {
  const [theme, setTheme] = useState(initial);
  const [staying, setStaying] = useState(0);
  const { userId } = person;
  const ask = async () => {
    const count = await leaving()
      .then(({ countHereOnly }) => countHereOnly(userId))
      .catch(() => 0);
    if (count > 0) setStaying(count);
    else await signOut(userId, false);
  };
  const choose = (chosen: string) => {
    setTheme(chosen as Theme);
    document.documentElement.dataset.theme = chosen;
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store needs https
    document.cookie = `${THEME_COOKIE}=${chosen}; path=/; max-age=31536000; samesite=lax`;
  };
  return (
    <>
      <DropdownMenu defaultOpen>
        <DropdownMenuTrigger className={SWITCH}>
          <PersonFace name={person.name} />
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start" side="top" className="w-58">
          <DropdownMenuLabel>
            {texts.yourAccountName}
            <span className="block truncate font-mono text-[0.75rem] font-normal text-ink">
              {person.userId}
            </span>
          </DropdownMenuLabel>
          <DropdownMenuSeparator />
          <DropdownMenuLabel>{texts.appearance}</DropdownMenuLabel>
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
          <DropdownMenuItem onSelect={() => void ask()}>
            <LogOut aria-hidden="true" />
            {texts.signOut}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      {staying > 0 && (
        <SignOutDialog
          count={staying}
          onClose={() => setStaying(0)}
          onSignOut={(isAll) => signOut(userId, isAll)}
        />
      )}
    </>
  );
}
