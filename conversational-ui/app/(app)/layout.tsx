import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { Shell } from "@/components/shell/sidebar";
import { SidebarSlotProvider } from "@/components/shell/sidebar-slot";
import { place } from "@/lib/server/current-space";
import { THEME_COOKIE, themeOf } from "@/lib/theme";

export default async function AppLayout({ children }: { children: ReactNode }) {
  const here = await place();
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <SidebarSlotProvider>
      <Shell
        person={here.person}
        spaces={here.kind === "fault" ? [] : here.spaces}
        invitations={here.kind === "fault" ? 0 : here.invitations.length}
        unknown={here.kind === "fault"}
        spaceId={here.kind === "space" ? here.space.space_id : null}
        theme={theme}
      >
        {children}
      </Shell>
    </SidebarSlotProvider>
  );
}
