import { createHash } from "node:crypto";
import type { Resource } from "../../engine/model/resource.ts";
import { Text } from "../../engine/template/text.ts";
import { inside, lab } from "../lab/machines.ts";

/** A host's files: their hashes at the end and at the start, and the units that read them. */
export interface Expected {
  readonly wanted: ReadonlyMap<string, string>;
  readonly before: ReadonlyMap<string, string>;
  readonly readers: readonly { readonly path: string; readonly unit: string }[];
}

/** Hashes the host's present files, and the contents that its resources want. */
export async function expectedOf(host: string, resources: readonly Resource[]): Promise<Expected> {
  const wanted = new Map<string, string>();
  const readers: { path: string; unit: string }[] = [];
  for (const resource of resources) {
    const units = resource.notify.flatMap(({ name }) => /^(?:reload|restart) (\S+)$/.exec(name)?.[1] ?? []);
    for (const [path, content] of Object.entries(contentsOf(resource))) {
      wanted.set(path, sumOf("sha256", content.reveal()));
      readers.push(...units.map((unit) => ({ path, unit })));
    }
  }
  return { wanted, before: await hashes(host, [...wanted.keys()]), readers };
}

/**
 * Throws unless each file is absent, unchanged, its package's version, or finished. If only the controller was killed,
 * the program goes on until its next event and may change files meanwhile. So each file is read once, and all
 * comparisons use that content.
 */
export async function checkFiles(host: string, { wanted, before }: Expected): Promise<void> {
  const now = await hashes(host, [...wanted.keys()]);
  const odd = [...now].flatMap(([path, hash]) =>
    hash === wanted.get(path) || hash === before.get(path) ? [] : [path],
  );
  if (odd.length === 0) return;
  const read = await contents(host, odd);
  const packaged = new Set((await inside(host, "dpkg-query -W -f '${Conffiles}\\n'")).split(/\s+/));
  const half = [...read].flatMap(([path, content]) => {
    const sum = sumOf("sha256", content);
    const known = sum === wanted.get(path) || sum === before.get(path);
    return known || packaged.has(sumOf("md5", content)) ? [] : [path];
  });
  if (half.length > 0) throw new Error(`${host}: neither old nor new: ${half.join(", ")}`);
}

/** Files that changed after their daemon last started or reloaded. */
export async function unread(host: string, { readers }: Expected): Promise<string[]> {
  const script = readers.map(
    ({ path, unit }) =>
      `[ "$(stat -c %Y '${path}')" -le "$(date -d "$(systemctl show --property=StateChangeTimestamp --value ${unit})" +%s)" ] || echo '${unit} ${path}'`,
  );
  const found = await inside(host, [...script, "true"].join("\n"));
  return found.split("\n").filter((line) => line !== "");
}

/** Shell that lists what a killed run may leave behind. The next run must remove it. */
export const LEFTOVERS = `
  ls -A /var/lib/quintet/pending /var/lib/quintet/sets 2>/dev/null | grep -v '^/\\|^$'
  ls -d /run/quintet/work.* 2>/dev/null
  find /etc /usr/local /srv -xdev \\( -name '*.quintet' -o -name '.next' -o -name '*.new' \\)
  true`;

// --- internal ---

function contentsOf({ id, content, files }: Resource): Readonly<Record<string, Text>> {
  const path = /^(?:file|sshd|ruleset|kernel)\[(.*)\]$/.exec(id)?.[1];
  return files ?? (path !== undefined && content instanceof Text ? { [path]: content } : {});
}

const sumOf = (kind: "sha256" | "md5", content: string | Buffer) =>
  createHash(kind).update(content).digest("hex");

async function hashes(host: string, paths: readonly string[]) {
  const stdin = Buffer.from(paths.map((path) => `${path}\0`).join(""));
  const { stdout } = await lab.execIn(host, ["xargs", "-0", "sha256sum"], { stdin });
  const lines = stdout.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(line.indexOf("  ") + 2), line.slice(0, line.indexOf(" "))]));
}

/** Contents of the files that exist. */
async function contents(host: string, paths: readonly string[]): Promise<Map<string, Buffer>> {
  const script = 'for file; do base64 -w 0 "$file" 2>/dev/null || printf -; echo; done';
  const { stdout } = await lab.execIn(host, ["sh", "-c", script, "sh", ...paths]);
  const lines = stdout.split("\n");
  return new Map(
    paths.flatMap((path, at) =>
      lines[at] === "-" ? [] : [[path, Buffer.from(lines[at] ?? "", "base64")] as const],
    ),
  );
}
