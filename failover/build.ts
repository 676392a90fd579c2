import { fileURLToPath } from "node:url";
import { bundle } from "../roles/shared/archive/bundle.ts";

const FAILOVER = fileURLToPath(new URL(".", import.meta.url));

/** Bundles the manager into outDir: `failover.mjs`, which needs nothing but Node. */
export function buildFailover(outDir: string): Promise<void> {
  return bundle(FAILOVER, "main.ts", outDir, "failover.mjs");
}
