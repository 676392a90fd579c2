/**
 * Starts a script of this folder by its name: `node scripts/lib/start.mjs provision --check`. Reading some hundred files one by
 * one would take longer than the whole of a run that has nothing to do. So the first start of a script keeps it as one file
 * under .quintet/start, and later ones read that, until one of its sources is another. With QUINTET_START=source, and where
 * nothing can be kept, tsx runs the sources as they are.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

const root = resolve(import.meta.dirname, "../..");
const name = process.argv[2] ?? "";
const source = join(root, name.includes("/") ? `${name}.ts` : `scripts/${name}.ts`);
process.argv.splice(1, 2, source);
const kept = process.env.QUINTET_START === "source" ? undefined : (present() ?? (await keep()));
if (kept !== undefined) run(kept);
else {
  await (await import("tsx/esm/api")).register();
  await import(pathToFileURL(source).href);
}

// --- internal ---

/** In seconds. A start that ends sooner has printed a help text or a mistake, and used little of what a run uses. */
const WORK = 0.4;

/**
 * Runs the kept file. What V8 compiled of it while it worked is kept beside it, and later starts need not compile it again:
 * V8 refuses what another version of it made. The folder's name has the file's hash, so that both always belong together.
 */
function run(file) {
  const script = new Script(
    `(function (require, module, __filename, __dirname) {${readFileSync(file, "utf8")}\n})`,
    {
      filename: file,
      cachedData: contentOf(`${file}.compiled`),
    },
  );
  if (script.cachedDataRejected !== false)
    process.once("exit", () => {
      if (process.uptime() > WORK) keepCompiled(script, `${file}.compiled`);
    });
  script.runInThisContext()(createRequire(file), { exports: {} }, file, dirname(file));
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whoever starts meanwhile finds all of it or nothing. Where it cannot be kept, the next start compiles again. */
function keepCompiled(script, file) {
  try {
    const mine = `${file}.${process.pid}`;
    writeFileSync(mine, script.createCachedData());
    renameSync(mine, file);
  } catch {}
}

/** The file that was kept, while all that it was made of is as it was then. */
function present() {
  try {
    const { node, file, inputs } = JSON.parse(readFileSync(`${place()}.json`, "utf8"));
    const same = inputs.every(([path, stamp]) => stamp === stampOf(path));
    return same && node === process.version && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

async function keep() {
  try {
    const { bundle } = await import("./bundle.mjs");
    return await bundle(root, source, place(), stampOf);
  } catch {
    return undefined;
  }
}

function place() {
  return join(root, ".quintet/start", name.replaceAll("/", "-"));
}

function stampOf(path) {
  const { mtimeMs, size } = statSync(path);
  return `${mtimeMs} ${size}`;
}
