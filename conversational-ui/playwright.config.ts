import { defineConfig } from "@playwright/test";
import { launchOptions } from "./e2e/support/browser.mjs";

// Each worker has a gateway of its own, which some tests stop; a file's tests share it in turn.
export default defineConfig({
  testDir: "e2e",
  workers: 2,
  fullyParallel: false,
  // A machine that does much else may take long over everything: these only end what hangs.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  // Two browsers, gateways and sites take time from each other: what fails is tried once more, and
  // listed as flaky, so that somebody looks at it.
  retries: 1,
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    launchOptions,
    viewport: { width: 1280, height: 800 },
    // Pictures of every test cost a third of the machine; the steps and their pages are kept.
    trace: { mode: "retain-on-failure", screenshots: false },
    contextOptions: { reducedMotion: "reduce" },
    actionTimeout: 60_000,
  },
});
