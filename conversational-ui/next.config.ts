import type { NextConfig } from "next";

export default {
  output: "standalone",
  // The lock file of this folder is the only one that counts; nothing above is traced.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  reactStrictMode: true,
  typedRoutes: true,
  images: { unoptimized: true },
  experimental: { optimizePackageImports: ["radix-ui", "lucide-react"] },
} satisfies NextConfig;
