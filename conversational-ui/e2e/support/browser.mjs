// Debian's chromium, or whichever CHROMIUM names; nothing is downloaded, and it calls nobody.
import { existsSync } from "node:fs";

const CANDIDATES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

export const launchOptions = {
  executablePath: CANDIDATES.find((path) => path && existsSync(path)),
  args: [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
