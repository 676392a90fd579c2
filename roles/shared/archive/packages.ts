import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "zx";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

/** Installs a folder's packages if the installed ones differ from its package-lock.json. */
export async function installPackages(folder: string): Promise<void> {
  const wanted = packagesOf(join(folder, "package-lock.json"));
  const installed = packagesOf(join(folder, "node_modules/.package-lock.json"));
  const missing = Object.entries(wanted).filter(
    ([path, { version, optional }]) => path !== "" && !optional && installed[path]?.version !== version,
  );
  if (missing.length === 0) return;
  console.error(`installing packages: npm --prefix ${folder} ci`);
  await $({ quiet: true })`npm --prefix ${folder} ci --no-audit --no-fund`;
}

// --- internal ---

function packagesOf(file: string): Lock["packages"] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Lock).packages : {};
}
