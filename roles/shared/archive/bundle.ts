import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles a program of the project, from its `src/`, into outDir: one file that needs nothing but Node. The same sources
 * give the same bytes wherever the project lies, so a release can be named by its hash. Needs the program's packages to be
 * installed.
 */
export async function bundle(folder: string, entry: string, outDir: string, output: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: [`src/${entry}`],
    // Paths that appear in the bundle are relative to this folder.
    absWorkingDir: folder,
    outfile: join(outDir, output),
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
