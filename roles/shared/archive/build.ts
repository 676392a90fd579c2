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
import { type Blob, sha256Of } from "../../../engine/index.ts";

/** A program of the project with packages of its own. */
export interface Program {
  /** Its folder in the project, which is also its name. */
  readonly folder: string;
  /** What it is made from, below its folder. */
  readonly sources: readonly string[];
  /** Loads what puts its files into a directory. */
  readonly bundler: () => Promise<(outDir: string) => Promise<void>>;
}

/** A program as an archive, built once for each state of its sources. */
export async function buildArchive(program: Program): Promise<Blob> {
  const key = `${program.folder}-${fingerprint(program)}-`;
  const name = archives().find((archive) => archive.startsWith(key)) ?? (await build(program, key));
  const file = join(BUILDS, name);
  return { file, sha256: name.slice(key.length, -EXTENSION.length), size: statSync(file).size };
}

// --- internal ---

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const BUILDS = join(ROOT, ".quintet/build");
/** Archives of a program that are kept, for going back and forth between branches. */
const KEPT = 5;
const EXTENSION = ".tar.gz";

/**
 * Builds the archive and returns its name, which says what it was made from and what it holds: neither is read again.
 */
async function build({ folder, bundler }: Program, key: string): Promise<string> {
  const [bundle, { pack }, { installPackages }] = await Promise.all([
    bundler(),
    import("./pack.ts"),
    import("./packages.ts"),
  ]);
  const output = join(BUILDS, `${key}${process.pid}`);
  mkdirSync(BUILDS, { recursive: true });
  try {
    await installPackages(join(ROOT, folder));
    await bundle(output);
    const archive = await pack(output, filesIn(output));
    const name = `${key}${sha256Of(archive)}${EXTENSION}`;
    writeFileSync(`${output}/archive`, archive);
    renameSync(`${output}/archive`, join(BUILDS, name));
    prune(folder);
    return name;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function archives(): string[] {
  return existsSync(BUILDS) ? readdirSync(BUILDS).filter((name) => name.endsWith(EXTENSION)) : [];
}

/** Hash of what the archive is made from: the sources and the bundler. */
function fingerprint({ folder, sources }: Program): string {
  const hash = createHash("sha256");
  const files = sources.flatMap((source) => filesIn(join(ROOT, folder, source)));
  const bundler = ["node_modules/esbuild/package.json", "roles/shared/archive/bundle.ts"];
  for (const file of [...files, ...bundler.map((path) => join(ROOT, path))]) {
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

function prune(program: string): void {
  const age = (name: string) => Date.now() - statSync(join(BUILDS, name)).mtimeMs;
  const newestFirst = archives()
    .filter((name) => name.startsWith(`${program}-`))
    .sort((a, b) => age(a) - age(b));
  for (const name of newestFirst.slice(KEPT)) rmSync(join(BUILDS, name), { force: true });
}
