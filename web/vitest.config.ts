import { defineConfig, mergeConfig } from "vitest/config";
import vite from "./vite.config.ts";

export default mergeConfig(
  vite({ mode: "test", command: "serve" }),
  defineConfig({
    resolve: { conditions: ["browser"] }, // or tests would load Svelte's half for servers
    test: {
      environment: "happy-dom",
      pool: "vmThreads", // as apart as other pools keep files, in a tenth of the time
      // A link that a test presses is the router's, or it leads nowhere.
      environmentOptions: {
        happyDOM: { settings: { navigation: { disableMainFrameNavigation: true } } },
      },
      include: ["src/**/*.test.ts"],
      setupFiles: ["src/testing/setup.ts"],
      restoreMocks: true,
    },
  }),
);
