import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, transform } from "esbuild";

/** Packages that are many small files; others stay where they are, some of them with parts that are compiled for this machine. */
const MANY_FILES = ["chalk", "dotenv", "fastest-levenshtein", "picomatch", "yaml", "zod"];

/**
 * Makes one file of a script and all it imports, beside `place`, notes what it was made of in `place.json`, and answers the
 * file's path. `stampOf` tells one state of a source from another. Throws when a source cannot be read, or nothing be kept.
 */
export async function bundle(root, source, place, stampOf) {
  const { outputFiles, metafile } = await build({
    entryPoints: [source],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    write: false,
    metafile: true,
    logLevel: "silent",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    plugins: [packages, places(root)],
  });
  const code = outputFiles[0].contents;
  const file = `${place}-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.js`;
  const sources = [...Object.keys(metafile.inputs), "package-lock.json"].filter(
    (path) => !path.includes("node_modules"),
  );
  const inputs = sources.map((path) => [join(root, path), stampOf(join(root, path))]);
  mkdirSync(dirname(place), { recursive: true });
  const older = readdirSync(dirname(place)).filter((name) => OLDER(basename(place)).test(name));
  replace(file, code);
  replace(`${place}.json`, JSON.stringify({ node: process.version, file, inputs }));
  for (const name of older) if (name !== basename(file)) rmSync(join(dirname(place), name), { force: true });
  return file;
}

// --- internal ---

const OLDER = (name) => new RegExp(`^${name}-[0-9a-f]{16}\\.js$`);

const packages = {
  name: "packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
      kind === "entry-point" || MANY_FILES.some((name) => path === name || path.startsWith(`${name}/`))
        ? undefined
        : { path, external: true },
    );
  },
};

/** Each source knows the place where it stands, not that of the one file. */
const places = (root) => ({
  name: "places",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const written = readFileSync(path, "utf8");
      if (!path.startsWith(root) || !written.includes("import.meta.")) return undefined;
      const define = {
        "import.meta.dirname": JSON.stringify(dirname(path)),
        "import.meta.url": JSON.stringify(pathToFileURL(path).href),
      };
      return {
        contents: (await transform(written, { loader: "ts", format: "esm", target: "node20", define })).code,
      };
    });
  },
});

/** Whoever starts the same script meanwhile finds the old one or the new one, and never a part. */
function replace(file, content) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, content);
  renameSync(mine, file);
}
