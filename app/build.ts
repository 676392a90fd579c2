import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../roles/shared/archive/bundle.ts";

const APP = fileURLToPath(new URL(".", import.meta.url));

/** Bundles the application into outDir: `server.mjs`, which needs nothing but Node, and `public/`. */
export async function buildApp(outDir: string): Promise<void> {
  await bundle(APP, "server.ts", outDir, "server.mjs");
  // A file that was deleted from the sources must not live on in the output.
  await rm(join(outDir, "public"), { recursive: true, force: true });
  await cp(join(APP, "public"), join(outDir, "public"), { recursive: true });
}
