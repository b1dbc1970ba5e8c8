import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { Shell } from "@/components/shell/sidebar";
import { SidebarSlotProvider } from "@/components/shell/sidebar-slot";
import type { Known } from "@/lib/server/current-space";
import { THEME_COOKIE, themeOf } from "@/lib/theme";

/** The frame of every page. ``spaceId``: of the space that the address names, if it names one. */
export async function AppShell({
  here,
  spaceId,
  children,
}: {
  here: Known;
  spaceId: string | null;
  children: ReactNode;
}) {
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <SidebarSlotProvider>
      <Shell
        person={here.person}
        spaces={here.kind === "fault" ? [] : here.spaces}
        invitations={here.kind === "fault" ? 0 : here.invitations.length}
        unknown={here.kind === "fault" && (here.problem.reason === "awaited" ? "yet" : "never")}
        spaceId={spaceId}
        theme={theme}
      >
        {children}
      </Shell>
    </SidebarSlotProvider>
  );
}
