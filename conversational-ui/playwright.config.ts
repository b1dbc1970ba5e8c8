import { defineConfig } from "@playwright/test";
import { launchOptions } from "./e2e/support/browser.mjs";

// Each worker has a gateway of its own, which some tests stop; a file's tests share it in turn.
export default defineConfig({
  testDir: "e2e",
  workers: 2,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    browserName: "chromium",
    launchOptions,
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
    actionTimeout: 15_000,
  },
});
