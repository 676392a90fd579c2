import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Blob, sha256Of } from "../../engine/index.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILDS = join(ROOT, ".quintet/build");
const SOURCES = ["app/src", "app/public", "app/build.ts", "app/tsconfig.json", "app/package-lock.json"];
/** Archives that are kept, for going back and forth between branches. */
const KEPT = 5;
const EXTENSION = ".tar.gz";

/** The application as an archive, built once for each state of its sources. */
export async function buildRelease(): Promise<Blob> {
  const key = fingerprint();
  const name = archives().find((archive) => archive.startsWith(`${key}-`)) ?? (await build(key));
  const file = join(BUILDS, name);
  return { file, sha256: name.slice(key.length + 1, -EXTENSION.length), size: statSync(file).size };
}

// --- internal ---

/**
 * Builds the archive and returns its name, which says what it was made from and what it holds: neither is read again.
 */
async function build(key: string): Promise<string> {
  const [{ buildApp }, { pack }, { installPackages }] = await Promise.all([
    import("../../app/build.ts"),
    import("./pack.ts"),
    import("./packages.ts"),
  ]);
  const output = join(BUILDS, `${key}.${process.pid}`);
  mkdirSync(BUILDS, { recursive: true });
  try {
    await installPackages(join(ROOT, "app"));
    await buildApp(output);
    const archive = await pack(output, filesIn(output));
    const name = `${key}-${sha256Of(archive)}${EXTENSION}`;
    writeFileSync(`${output}/archive`, archive);
    renameSync(`${output}/archive`, join(BUILDS, name));
    prune();
    return name;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function archives(): string[] {
  return existsSync(BUILDS) ? readdirSync(BUILDS).filter((name) => name.endsWith(EXTENSION)) : [];
}

/** Hash of what the archive is made from: the sources and the bundler. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((source) => filesIn(join(ROOT, source)));
  for (const file of [...files, join(ROOT, "node_modules/esbuild/package.json")]) {
    const content = readFileSync(file);
    hash.update(`${relative(ROOT, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 20);
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function prune(): void {
  const age = (name: string) => Date.now() - statSync(join(BUILDS, name)).mtimeMs;
  const newestFirst = archives().sort((a, b) => age(a) - age(b));
  for (const name of newestFirst.slice(KEPT)) rmSync(join(BUILDS, name), { force: true });
}
