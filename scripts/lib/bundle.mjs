import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, transform } from "esbuild";

/** Packages that stay where they are: seldom needed and then loaded late, or with a program of their own. */
const APART = ["@peculiar", "acme-client", "cpu-features", "esbuild", "reflect-metadata", "tar", "tsx", "zx"];

/** Whoever starts at this moment may be about to read an older file. */
const AN_HOUR = 3_600_000;

/**
 * Makes one file of a script and all it imports, in a folder beside `place`; notes what it was made of in `place.json`, and
 * answers its path. `stampOf` tells one state of a source from another. Throws when a source cannot be read, or nothing be
 * kept. Such a file, which V8 can keep compiled, cannot have an `await` outside of functions.
 */
export async function bundle(root, source, place, stampOf) {
  const { outputFiles, metafile } = await build({
    entryPoints: [source],
    absWorkingDir: root,
    outdir: place,
    bundle: true,
    platform: "node",
    format: "cjs",
    // V8 forgets who is to import what is imported late by code that it kept compiled; what is required it need not know.
    supported: { "dynamic-import": false },
    target: "node20",
    write: false,
    metafile: true,
    logLevel: "silent",
    plugins: [packages, locales, places(root)],
  });
  const hash = createHash("sha256");
  for (const { contents } of outputFiles) hash.update(contents);
  const folder = `${place}-${hash.digest("hex").slice(0, 16)}`;
  const written = [...Object.keys(metafile.inputs), "package-lock.json"].filter(
    (path) => !path.includes("node_modules"),
  );
  const inputs = written.map((path) => [join(root, path), stampOf(join(root, path))]);
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles) replace(join(folder, basename(path)), contents);
  const file = join(folder, `${basename(source, ".ts")}.js`);
  replace(`${place}.json`, JSON.stringify({ node: process.version, file, inputs }));
  prune(place, folder);
  return file;
}

// --- internal ---

const packages = {
  name: "packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
      kind !== "entry-point" && APART.some((name) => path === name || path.startsWith(`${name}/`))
        ? { path, external: true }
        : undefined,
    );
    onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path),
      external: true,
    }));
  },
};

/** zod speaks fifty languages, and we read English ones only. */
const locales = {
  name: "locales",
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/** Each source knows the place where it stands, not that of the one file. */
const places = (root) => ({
  name: "places",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$|node_modules\/ssh2\/.*\.js$/ }, async ({ path }) => {
      const written = readFileSync(path, "utf8");
      if (!path.startsWith(root) || !/import\.meta\.|__dirname/.test(written)) return undefined;
      const define = {
        "import.meta.dirname": JSON.stringify(dirname(path)),
        "import.meta.filename": JSON.stringify(path),
        "import.meta.url": JSON.stringify(pathToFileURL(path).href),
        __dirname: JSON.stringify(dirname(path)),
      };
      const loader = path.endsWith(".ts") ? "ts" : "js";
      return { contents: (await transform(written, { loader, target: "node20", define })).code };
    });
  },
});

/** Whoever starts the same script meanwhile finds the old one or the new one, and never a part. */
function replace(file, content) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, content);
  renameSync(mine, file);
}

function prune(place, present) {
  const older = readdirSync(dirname(place))
    .filter((name) => new RegExp(`^${basename(place)}-[0-9a-f]{16}$`).test(name))
    .map((name) => join(dirname(place), name));
  for (const folder of older)
    if (folder !== present && statSync(folder).mtimeMs < Date.now() - AN_HOUR)
      rmSync(folder, { recursive: true, force: true });
}
