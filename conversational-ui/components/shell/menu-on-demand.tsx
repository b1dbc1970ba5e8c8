"use client";

import { type ComponentType, lazy, type ReactNode, Suspense, useState } from "react";
import { SWITCH } from "@/components/shell/switch-button";

/**
 * A menu whose code comes when somebody is about to use it: a first visit needs its button only.
 * ``load`` is called when the button is pointed at or focused, and the menu replaces the button
 * when it is pressed.
 */
export function menuOnDemand<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
) {
  const Menu = lazy(load);
  return function MenuOnDemand({ face, ...props }: Props & { face: ReactNode }) {
    const [wanted, setWanted] = useState(false);
    const button = (
      <button
        type="button"
        className={SWITCH}
        aria-haspopup="menu"
        aria-expanded={false}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setWanted(true);
        }}
        onClick={() => setWanted(true)}
      >
        {face}
      </button>
    );
    if (!wanted) return button;
    return (
      <Suspense fallback={button}>
        <Menu {...(props as unknown as Props)} />
      </Suspense>
    );
  };
}
