import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { releaseName } from "../engine/index.ts";
import type { Inventory } from "../engine/model/inventory/index.ts";
import type { Prepared } from "../engine/run/prepare.ts";
import { targetOf } from "../engine/ssh/target.ts";
import { boxMirror } from "../lab/sources.ts";
import { networks } from "../roles/mysql/templates/account.sql.ts";
import { WORK } from "./control.ts";
import { writeRendered } from "./rendered.ts";

/** Writes the playbook's input: inventory, passwords, keys, files and release. Only the owner can read the folder. */
export async function writeWork(work: string, inventory: Inventory, prepared: Prepared): Promise<void> {
  mkdirSync(work, { recursive: true, mode: 0o700 });
  rmSync(join(work, "files"), { recursive: true, force: true });
  writeRendered(prepared, join(work, "files"));
  const release = prepared.inputs.blobs.get("app");
  if (!release) throw new Error("found no release of the application");
  copyFileSync(release.file, join(work, "release.tar.gz"));
  rmSync(join(work, "migrations"), { recursive: true, force: true });
  cpSync("app/migrations", join(work, "migrations"), { recursive: true });

  const vars = {
    domain: inventory.domain,
    rendered_files: `${WORK}/files`,
    debian_mirror: boxMirror().archive,
    mysql_network: networks(inventory.hosts)[0] ?? "%",
    migrations: `${WORK}/migrations`,
    release: releaseName(release),
    release_archive: `${WORK}/release.tar.gz`,
    ansible_python_interpreter: "/usr/bin/python3",
  };
  const passwords = [...prepared.inputs.secrets].map(([name, secret]) => [
    name.toLowerCase(),
    secret.reveal(),
  ]);
  write(join(work, "inventory/hosts.json"), {
    all: { hosts: await hostsOf(work, inventory), vars, children: childrenOf(inventory) },
  });
  write(join(work, "inventory/group_vars/all/secrets.json"), Object.fromEntries(passwords));
}

// --- internal ---

async function hostsOf(work: string, inventory: Inventory) {
  const hosts = inventory.hosts.map(async (host) => {
    const { address, port, user, keys } = await targetOf(host);
    const [key] = keys;
    if (key === undefined) throw new Error(`${host.name}: found no key file; Ansible needs one to log in`);
    copyKey(key, join(work, "keys", host.name));
    const reach = { ansible_host: address, ansible_port: port, ansible_user: user };
    return [host.name, { ...reach, ansible_ssh_private_key_file: `${WORK}/keys/${host.name}` }] as const;
  });
  return Object.fromEntries(await Promise.all(hosts));
}

function copyKey(from: string, to: string): void {
  mkdirSync(join(to, ".."), { recursive: true, mode: 0o700 });
  copyFileSync(from, to);
}

function childrenOf({ groups }: Inventory) {
  const entries = Object.entries(groups).map(([name, hosts]) => [
    name,
    { hosts: Object.fromEntries(hosts.map((host) => [host.name, {}])) },
  ]);
  return Object.fromEntries(entries);
}

function write(file: string, content: unknown): void {
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(content, undefined, 2), { mode: 0o600 });
}
