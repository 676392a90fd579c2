import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { UnreachableError } from "./errors.ts";
import type { Host } from "./inventory.ts";

/** How to reach a host: everything decided. */
export interface Reach {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private keys to try, in order. */
  readonly keys: readonly string[];
  readonly jump?: Reach;
}

/** Where the lab keeps the key of its machines. */
export const LAB_KEY = ".quintet/lab/id_ed25519";

/**
 * Decides how to reach a host: what the inventory says, else what `ssh -G` says of it (so `~/.ssh/config` counts), with
 * the keys that Vagrant or the lab made for their machines before the user's own. Throws UnreachableError for a key that
 * the inventory names and that is not there.
 */
export async function reachOf(host: Host): Promise<Reach> {
  const { ssh, name, address } = host;
  if (ssh.user !== undefined) {
    const jump = ssh.jump === undefined ? undefined : await jumpTo(ssh.jump);
    const keys = [...named(host), ...machineKeys(name), ...existing(USER_KEYS)];
    return {
      address: ssh.host ?? address,
      port: ssh.port ?? 22,
      user: ssh.user,
      keys,
      ...(jump && { jump }),
    };
  }
  const asked = await sshConfig(ssh.host ?? address);
  return {
    ...asked,
    port: ssh.port ?? asked.port,
    keys: [...named(host), ...machineKeys(name), ...asked.keys],
  };
}

// --- internal ---

const USER_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"].map((file) => join(homedir(), ".ssh", file));

function existing(files: readonly (string | undefined)[]): string[] {
  return files
    .flatMap((file) => file ?? [])
    .map((file) => file.replace(/^~(?=\/)/, homedir()))
    .filter((file) => existsSync(file));
}

function named({ name, ssh: { key } }: Host): string[] {
  const found = existing([key]);
  if (key !== undefined && found.length === 0)
    throw new UnreachableError(
      `${name}: found no file ${key}; expected the private key that its ssh: { key } names`,
    );
  return found;
}

/** Vagrant keeps a key a machine under .vagrant/machines/NAME/PROVIDER/. */
function machineKeys(name: string): string[] {
  const folder = join(".vagrant/machines", name);
  const providers = existsSync(folder) ? readdirSync(folder) : [];
  return existing([...providers.map((provider) => join(folder, provider, "private_key")), LAB_KEY]);
}

async function jumpTo(jump: string): Promise<Reach> {
  const {
    user,
    address = "",
    port,
  } = /^(?:(?<user>[^@]+)@)?(?<address>[^:]+)(?::(?<port>\d+))?$/.exec(jump)?.groups ?? {};
  const asked = await sshConfig(address);
  return {
    ...asked,
    user: user ?? asked.user,
    port: port ? Number(port) : asked.port,
    keys: [...asked.keys, ...existing([LAB_KEY])],
  };
}

async function sshConfig(name: string): Promise<Reach> {
  const { stdout } = await promisify(execFile)("ssh", ["-G", name], { timeout: 5000 });
  const settings = stdout
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)] as const);
  const values = (key: string) => settings.flatMap(([name, value]) => (name === key ? [value] : []));
  const [jump] = values("proxyjump").filter((value) => value !== "none");
  return {
    address: values("hostname")[0] ?? name,
    port: Number(values("port")[0] ?? 22),
    user: values("user")[0] ?? "",
    keys: existing(values("identityfile")),
    ...(jump !== undefined && { jump: await jumpTo(jump) }),
  };
}
