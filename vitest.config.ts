import { defineConfig } from "vitest/config";

/** `unit` needs no machine; `lab` tells stories on five of them, one after the other. */
export default defineConfig({
  test: {
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "app/test/**/*.test.ts", "failover/test/**/*.test.ts"],
          exclude: ["test/lab/stories/**", "**/node_modules/**"],
          env: { FORCE_COLOR: "0" },
          // For what hangs: a program that is killed at every boundary takes a busy machine minutes.
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/stories/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 1_800_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
