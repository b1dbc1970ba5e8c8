import type { NextConfig } from "next";
import { SECURITY_HEADERS } from "./lib/security-headers";

export default {
  output: "standalone",
  // The lock file of this folder is the only one that counts; nothing above is traced.
  outputFileTracingRoot: import.meta.dirname,
  // Images are served as they are: without sharp a build fits every kind of machine.
  outputFileTracingExcludes: { "*": ["node_modules/@img/**", "node_modules/sharp/**"] },
  turbopack: {
    root: import.meta.dirname,
    resolveAlias: { "rehype-raw": "./lib/chat/no-raw-html.ts" },
  },
  // proxy.ts sees everything else.
  headers: async () => [
    {
      source: "/_next/:path*",
      headers: SECURITY_HEADERS.map(([key, value]) => ({ key, value })),
    },
  ],
  // Browsers ask for it where a page's own icon comes late.
  rewrites: async () => [{ source: "/favicon.ico", destination: "/icon.svg" }],
  poweredByHeader: false,
  reactStrictMode: true,
  typedRoutes: true,
  images: { unoptimized: true },
  experimental: { optimizePackageImports: ["radix-ui", "lucide-react"] },
} satisfies NextConfig;
