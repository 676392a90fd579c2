import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FAILOVER = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles the manager into outDir: `failover.mjs`, which needs nothing but Node. The same sources give the same bytes
 * wherever the project lies. Needs the manager's packages to be installed.
 */
export async function buildFailover(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: ["src/main.ts"],
    // Paths that appear in the bundle are relative to this folder.
    absWorkingDir: FAILOVER,
    outfile: join(outDir, "failover.mjs"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    legalComments: "eof",
    logLevel: "warning",
    // Some packages are CommonJS and call require at run time, which an ES module does not have.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
    },
  });
}
