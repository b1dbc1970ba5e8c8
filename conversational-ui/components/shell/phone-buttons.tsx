"use client";

import { Menu, Search } from "lucide-react";
import { createContext, type ReactNode, useContext } from "react";
import * as texts from "@/components/shell/texts";

const Shell = createContext({ openMenu: () => {}, find: () => {} });
export const ShellProvider = Shell.Provider;

export const FIND = texts.findOrGoTo;

/** Of the one header that a small screen has: the frame's, or the page's own in its place. */
export function MenuButton() {
  return (
    <HeaderButton label={texts.openMenu} onClick={useContext(Shell).openMenu}>
      <Menu className="size-5" aria-hidden="true" />
    </HeaderButton>
  );
}

export function FindButton() {
  return (
    <HeaderButton label={FIND} onClick={useContext(Shell).find}>
      <Search className="size-5" aria-hidden="true" />
    </HeaderButton>
  );
}

function HeaderButton({
  label,
  onClick,
  children,
}: {
  label: string;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-haspopup="dialog"
      onClick={onClick}
      className="rounded-lg p-2.5 text-ink-soft hover:bg-hover hover:text-ink md:hidden"
    >
      {children}
    </button>
  );
}
