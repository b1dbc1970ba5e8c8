import * as texts from "@/app/texts";
import "./globals.css";

import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies, headers } from "next/headers";
import type { ReactNode } from "react";
import { StyleNonce } from "@/components/shell/style-nonce";
import { ToastProvider } from "@/components/ui/toast";
import { THEME_COOKIE, themeOf } from "@/lib/theme";

export const metadata: Metadata = {
  title: { default: texts.notionMcpGateway, template: texts.sNotionMcpGateway },
  description: texts.workWithYourTeams,
  robots: { index: false },
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#111110" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  const nonce = (await headers()).get("x-nonce") ?? "";
  return (
    <html
      lang="en"
      data-theme={theme}
      className={`${GeistSans.variable} ${GeistMono.variable}`}
      // The person may have changed it before React came.
      suppressHydrationWarning
    >
      <body className="min-h-dvh font-sans">
        <StyleNonce value={nonce} />
        <ToastProvider>{children}</ToastProvider>
      </body>
    </html>
  );
}
