import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Host } from "../model/inventory/index.ts";
import { UnreachableError } from "../util/errors.ts";
import { existing, type SshConfig, sshConfig } from "./config.ts";

/** How to reach a host, with everything decided. */
export interface Target extends Pick<SshConfig, "address" | "port" | "user" | "keys" | "agent" | "proxy"> {
  /** The gateway to go through. */
  readonly jump?: Target;
  readonly records?: SshConfig["records"];
  readonly strict?: boolean;
  /** How long it may be silent, in milliseconds. */
  readonly patience?: number;
}

/** How long a host may be silent, in milliseconds, unless the inventory says otherwise. */
export const PATIENCE = 15_000;

/** Folder where the lab keeps the key of each machine that it made, named by the machine's address. */
export const LAB_KEYS = ".quintet/keys";

/**
 * Decides how to reach a host. The inventory counts first. A machine that Vagrant or the lab made is reached with the
 * key made for it. For any other, `ssh -G` adds what the inventory leaves open, so that `~/.ssh/config` counts. Throws
 * UnreachableError if a key that the inventory names does not exist.
 */
export async function targetOf(host: Host): Promise<Target> {
  const { ssh, name, address } = host;
  const made = machineKeys(name, address);
  const target = ssh.host ?? address;
  const found: Partial<SshConfig> = made.length > 0 ? {} : await sshConfig(target, ssh);
  const { jumps, proxy, ...rest } = found;
  const patience = ssh.patience === undefined ? {} : { patience: ssh.patience * 1_000 };
  const jump = await behind(ssh.jump?.split(",") ?? jumps ?? [], patience);
  return {
    address: target,
    ...rest,
    user: ssh.user ?? found.user ?? "vagrant",
    port: ssh.port ?? found.port ?? 22,
    keys: [...named(host), ...made, ...(found.keys ?? [])],
    ...patience,
    ...(jump ? { jump } : proxy !== undefined && { proxy }),
  };
}

// --- internal ---

function named({ name, ssh: { key } }: Host): string[] {
  const found = key === undefined ? [] : existing([key]);
  if (key !== undefined && found.length === 0)
    throw new UnreachableError(
      `${name}: found no file ${key}; expected the private key that its ssh: { key } names`,
    );
  return found;
}

function machineKeys(name: string, address: string): string[] {
  return [...vagrantKeys(name), ...existing([join(LAB_KEYS, address)])];
}

/**
 * Vagrant keeps the key of each machine under .vagrant/machines/NAME/PROVIDER/. With `config.ssh.insert_key = false`
 * there is none, and the machine accepts the key that Vagrant gives to everybody.
 */
function vagrantKeys(name: string): string[] {
  const folder = join(process.env["VAGRANT_DOTFILE_PATH"] ?? ".vagrant", "machines", name);
  const providers = existsSync(folder) ? readdirSync(folder) : [];
  const own = existing(providers.map((provider) => join(folder, provider, "private_key")));
  const running = providers.some((provider) => existsSync(join(folder, provider, "id")));
  return own.length > 0 || !running ? own : existing(insecureKeys());
}

/** Vagrant has always had one; since 2.4 it has two more in a folder. */
function insecureKeys(): string[] {
  const home = process.env["VAGRANT_HOME"] ?? join(homedir(), ".vagrant.d");
  const files = ["insecure_private_keys/vagrant.key.ed25519", "insecure_private_keys/vagrant.key.rsa"];
  return [...files, "insecure_private_key"].map((file) => join(home, file));
}

/**
 * Resolves a chain of gateways. Each is reached through the one before it, the first as its own settings say. They get
 * the patience of the host behind them, because its silence may be theirs.
 */
async function behind(
  [...jumps]: readonly string[],
  patience: Pick<Target, "patience">,
  passed: readonly string[] = [],
): Promise<Target | undefined> {
  const last = jumps.pop();
  if (last === undefined) return undefined;
  if (passed.includes(last))
    throw new UnreachableError(`ProxyJump leads in a circle: ${[...passed, last].join(", then ")}`);
  const before = await behind(jumps, patience, passed);
  const { name, ...login } = parse(last);
  const { jumps: own, proxy, ...found } = await sshConfig(name, login);
  const jump = before ?? (await behind(own, patience, [...passed, last]));
  return {
    ...found,
    ...patience,
    keys: [...machineKeys(name, name), ...found.keys],
    ...(jump ? { jump } : proxy !== undefined && { proxy }),
  };
}

/** Parses [user@]host[:port]; an IPv6 address stands in brackets. */
function parse(jump: string) {
  const { user, name, port } = JUMP.exec(jump)?.groups ?? {};
  return {
    name: name?.replace(/^\[|\]$/g, "") ?? jump,
    user,
    port: port === undefined ? undefined : Number(port),
  };
}

const JUMP = /^(?:ssh:\/\/)?(?:(?<user>[^@]+)@)?(?<name>\[[^\]]+\]|[^:]+)(?::(?<port>\d+))?$/;
