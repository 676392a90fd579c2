import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { $ } from "zx";
import { hostsIn } from "../engine/inventory.ts";
import type { Resource } from "../engine/resource.ts";
import { plan } from "../engine/runner.ts";
import { Text } from "../engine/text.ts";
import type { LabDoor } from "../lab/index.ts";
import site from "../site.ts";
import type { Bench } from "./bench.ts";

const local = $({ quiet: true });

/** Makes the bare machines of a lab with baseline.sh, all at once, and answers how long that took, in milliseconds. */
export async function runBaseline({ inventory }: Bench, lab: LabDoor): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "quintet-bench-"));
  const { stages, world } = await plan({ inventory, site, mode: "check" }, () => undefined);
  const [primary] = hostsIn(inventory, "database");
  const passwords = [...world.secrets].map(([name, secret]) => `${name}=${secret.reveal()}\n`).join("");
  const release = world.blobs.get("app");

  const packed = inventory.hosts.map(async (host) => {
    const root = join(folder, host.name);
    for (const { programmes } of stages) {
      for (const { resource } of programmes.get(host.name)?.resources ?? []) writeRendered(root, resource);
    }
    mkdirSync(join(root, "var/lib/quintet/pending"), { recursive: true });
    await local`chmod 755 ${join(root, "usr/sbin/policy-rc.d")}`;
    await local`find ${root} -path ${"*/usr/local/lib/*"} -type f -exec chmod 755 {} +`;
    await local`tar --owner=0 --group=0 --no-same-permissions -cf ${join(folder, `${host.name}.tar`)} -C ${root} .`;
  });
  await Promise.all(packed);

  const began = Date.now();
  const made = inventory.hosts.map(async ({ name }) => {
    const kind = !hostsIn(inventory, "database").some((host) => host.name === name)
      ? "web"
      : name === primary?.name
        ? "primary"
        : "replica";
    const put = async (file: string, to: string) =>
      lab.execIn(name, ["sh", "-c", `cat >${to}`], { stdin: await contentOf(file) });
    await put(join(folder, `${name}.tar`), "/root/files.tar");
    await put("bench/baseline.sh", "/root/baseline.sh");
    await lab.execIn(name, ["sh", "-c", "umask 077; cat >/root/passwords"], {
      stdin: Buffer.from(passwords),
    });
    if (kind === "web" && release) await put(release.file, "/root/release.tar.gz");
    if (kind === "primary")
      await lab.execIn(name, ["sh", "-c", "mkdir -p /root/migrations; cat >/root/migrations/all.sql"], {
        stdin: await migrations(),
      });
    const { exitCode, stdout, stderr } = await lab.execIn(name, [
      "sh",
      "/root/baseline.sh",
      kind,
      primary?.address ?? "",
    ]);
    if (exitCode !== 0) throw new Error(`baseline.sh on ${name}: exit code ${exitCode}\n${stdout}${stderr}`);
  });
  await Promise.all(made);
  return Date.now() - began;
}

// --- internal ---

/** The files of the roles themselves, so that both make the same machine. */
function writeRendered(root: string, { id, content, files }: Resource): void {
  const path = /^file\[(.*)\]$/.exec(id)?.[1];
  const rendered = files ?? (path !== undefined && content instanceof Text ? { [path]: content } : {});
  for (const [file, text] of Object.entries(rendered)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text.reveal());
  }
}

async function contentOf(file: string): Promise<Buffer> {
  return (await import("node:fs/promises")).readFile(file);
}

async function migrations(): Promise<Buffer> {
  const files = readdirSync("app/migrations")
    .filter((name) => name.endsWith(".sql"))
    .sort();
  return Buffer.concat(await Promise.all(files.map((name) => contentOf(join("app/migrations", name)))));
}
