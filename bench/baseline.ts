import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import { releaseName } from "../engine/index.ts";
import { hostsIn, type Inventory } from "../engine/model/inventory/index.ts";
import { quote } from "../engine/template/shell.ts";
import { labKey, type OpenLab } from "../lab/index.ts";
import { peerUrl } from "../roles/etcd/places.ts";
import { networks } from "../roles/mysql/templates/account.sql.ts";
import { managerOf } from "../roles/shared/store.ts";
import type { Bench } from "./bench.ts";
import { preparedFor, writeRendered } from "./rendered.ts";

const local = $({ quiet: true });
const MIGRATIONS = "app/migrations";

/** Sets up a lab's bare machines with baseline.sh, all at once. Returns the duration in milliseconds. */
export async function runBaseline({ inventory }: Bench, lab: OpenLab): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "quintet-bench-"));
  try {
    const prepared = await preparedFor(inventory);
    const { secrets, blobs } = prepared.inputs;
    const [primary] = hostsIn(inventory, "database");
    const app = blobs.get("app");
    const manager = blobs.get("failover");
    if (!app || !manager || !primary)
      throw new Error(
        "found no release of the application or of the manager, or no database in the inventory",
      );
    const settings = settingsOf(inventory, {
      ...Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal()])),
      ...{ RELEASE: releaseName(app), MANAGER: releaseName(manager) },
    });

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
      await put(name, "/root/settings", settings);
      if (kind === "web") await put(name, "/root/foobar.tar.gz", readFileSync(app.file));
      else await put(name, "/root/failover.tar.gz", readFileSync(manager.file));
      if (kind === "primary") await lab.execIn(name, ["mkdir", "-p", "/root/migrations"]);
      for (const file of kind === "primary" ? readdirSync(MIGRATIONS) : [])
        await put(name, `/root/migrations/${file}`, readFileSync(join(MIGRATIONS, file)));
      // Over SSH, as a provisioner works. Commands started from this box run outside the machine's cgroups and filters.
      await local`ssh ${LOGIN} vagrant@${address} sudo sh /root/baseline.sh ${kind}`;
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

/** What the script has to know, for a shell to read. */
function settingsOf(inventory: Inventory, more: Readonly<Record<string, string>>): string {
  const [databases, members] = ["database", "quorum"].map((group) => hostsIn(inventory, group));
  const settings = {
    NETWORK: networks(inventory.hosts)[0] ?? "%",
    CLUSTER: members?.map((one) => `${one.name}=${peerUrl(one)}`).join(","),
    TOKEN: inventory.domain,
    KEEPER: members?.[0]?.name,
    CLIENTS: databases?.map((one) => `${managerOf(one)}:failover`).join(" "),
    DATABASES: databases?.map(({ address }) => address).join(" "),
    ...more,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${quote(value ?? "")}\n`)
    .join("");
}

/** Packs a host's files with their modes into one archive, as someone who works by hand would prepare them. */
async function pack(folder: string, host: string): Promise<void> {
  const archive = join(folder, `${host}.tar`);
  await local`tar --owner=0 --group=0 -cf ${archive} -C ${join(folder, host)} .`;
}
