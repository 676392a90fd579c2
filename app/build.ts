import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const APP = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles the application into outDir: `server.mjs`, which needs nothing but Node, and `public/`. The same
 * sources give the same bytes wherever the project lies, so a release can be named by its hash. Needs the
 * application's packages to be installed.
 */
export async function buildApp(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: ["src/server.ts"],
    // Paths that appear in the bundle are relative to this folder.
    absWorkingDir: APP,
    outfile: join(outDir, "server.mjs"),
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
  // A file that was deleted from the sources must not live on in the output.
  await rm(join(outDir, "public"), { recursive: true, force: true });
  await cp(join(APP, "public"), join(outDir, "public"), { recursive: true });
}
