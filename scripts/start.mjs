/**
 * Starts a script of this folder by its name: `node scripts/start.mjs provision --check`. Reading some hundred files one by
 * one would take longer than the whole of a run that has nothing to do. So the first start of a script keeps it as one file
 * under .quintet/start, and later ones read that, until one of its sources is another. With QUINTET_START=source, and where
 * nothing can be kept, tsx runs the sources as they are.
 */
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..");
const name = process.argv[2] ?? "";
const source = join(root, name.includes("/") ? `${name}.ts` : `scripts/${name}.ts`);
process.argv.splice(1, 2, source);
const kept = process.env.QUINTET_START === "source" ? undefined : (present() ?? (await keep()));
if (kept === undefined) await (await import("tsx/esm/api")).register();
await import(pathToFileURL(kept ?? source).href);

// --- internal ---

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
