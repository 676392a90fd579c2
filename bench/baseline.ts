import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import { releaseName } from "../engine/index.ts";
import { hostsIn } from "../engine/model/inventory/index.ts";
import { type LabDoor, labKey } from "../lab/index.ts";
import { networks } from "../roles/mysql/templates/account.sql.ts";
import type { Bench } from "./bench.ts";
import { preparedFor, writeRendered } from "./rendered.ts";

const local = $({ quiet: true });
const MIGRATIONS = "app/migrations";

/** Sets up a lab's bare machines with baseline.sh, all at once. Returns the duration in milliseconds. */
export async function runBaseline({ inventory }: Bench, lab: LabDoor): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "quintet-bench-"));
  try {
    const prepared = await preparedFor(inventory);
    const { secrets, blobs } = prepared.inputs;
    const [primary] = hostsIn(inventory, "database");
    const passwords = [...secrets].map(([name, secret]) => `${name}=${secret.reveal()}\n`).join("");
    const release = blobs.get("app");
    if (!release || !primary)
      throw new Error("found no release of the application, or no database in the inventory");

    writeRendered(prepared, folder);
    await Promise.all(inventory.hosts.map(({ name }) => pack(folder, name)));
    const put = async (name: string, to: string, content: string | Buffer) => {
      const { exitCode, stderr } = await lab.execIn(name, ["sh", "-c", `umask 077; cat >${to}`], {
        stdin: content,
      });
      if (exitCode !== 0) throw new Error(`${name}: ${to}: ${stderr}`);
    };

    const began = Date.now();
    const made = inventory.hosts.map(async ({ name, address, groups }) => {
      const kind = !groups.includes("database") ? "web" : name === primary.name ? "primary" : "replica";
      await put(name, "/root/files.tar", readFileSync(join(folder, `${name}.tar`)));
      await put(name, "/root/baseline.sh", readFileSync("bench/baseline.sh"));
      await put(name, "/root/passwords", passwords);
      if (kind === "web") await put(name, "/root/release.tar.gz", readFileSync(release.file));
      if (kind === "primary") await lab.execIn(name, ["mkdir", "-p", "/root/migrations"]);
      for (const file of kind === "primary" ? readdirSync(MIGRATIONS) : [])
        await put(name, `/root/migrations/${file}`, readFileSync(join(MIGRATIONS, file)));
      const argv = [kind, primary.address, networks(inventory.hosts)[0] ?? "%", releaseName(release)];
      // Over SSH, as a provisioner works. Commands started from this box run outside the machine's cgroups and filters.
      await local`ssh ${LOGIN} vagrant@${address} sudo sh /root/baseline.sh ${argv}`;
    });
    await Promise.all(made);
    return Date.now() - began;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// --- internal ---

const LOGIN = [
  ...["-i", labKey, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"],
  ...["-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"],
];

/** Packs a host's files with their modes into one archive, as someone who works by hand would prepare them. */
async function pack(folder: string, host: string): Promise<void> {
  const archive = join(folder, `${host}.tar`);
  await local`tar --owner=0 --group=0 -cf ${archive} -C ${join(folder, host)} .`;
}
