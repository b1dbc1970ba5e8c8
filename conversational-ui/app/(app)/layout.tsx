import type { ReactNode } from "react";
import { AppShell } from "@/components/shell/app-shell";
import { known } from "@/lib/server/current-space";

/** Around the pages of no space. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  return (
    <AppShell here={await known()} spaceId={null}>
      {children}
    </AppShell>
  );
}
