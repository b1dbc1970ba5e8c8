import { defineConfig } from "@playwright/test";
import { launchOptions } from "./e2e/support/browser.mjs";

// One worker: the tests share a gateway, and some of them stop it.
export default defineConfig({
  testDir: "e2e",
  workers: 1,
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
