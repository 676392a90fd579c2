import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { InventoryError } from "../../util/errors.ts";
import { type InventoryFile, inventorySchema, problems, type SshSettings } from "./schema.ts";

export type { SshSettings } from "./schema.ts";

/** Variables by role: `{ nginx: { workers: 2 } }`. */
export type RoleVars = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Host {
  readonly name: string;
  /** IPv4 address at which the other hosts reach it. */
  readonly address: string;
  readonly groups: readonly string[];
  /** SSH settings, if its address alone is not enough. The host's own override those of the whole inventory. */
  readonly ssh: SshSettings;
  /** Size of the virtual machine. Memory in MiB. */
  readonly machine: { readonly memory: number; readonly cpus: number };
  /** Role variables from the inventory: for all hosts, its groups in order, the host. The last one wins. */
  readonly vars: RoleVars;
}

export interface Inventory {
  readonly file: string;
  readonly domain: string;
  /** Address that www.DOMAIN resolves to: the virtual address of the balancers. */
  readonly publicAddress: string;
  /** Addresses and networks of the control machines, as the hosts see them. Empty: everyone. */
  readonly control: readonly string[];
  readonly hosts: readonly Host[];
  readonly groups: Readonly<Record<string, readonly Host[]>>;
}

/** Reads and validates an inventory. Throws InventoryError naming file, path, what was found and what was expected. */
export function readInventory(file: string): Inventory {
  return build(file, validate(file, parse(file)));
}

/** The hosts of a group, in the order of the inventory. An unknown group has none. */
export function hostsIn(inventory: Inventory, group: string): readonly Host[] {
  return group === "all" ? inventory.hosts : (new Map(Object.entries(inventory.groups)).get(group) ?? []);
}

// --- internal ---

function parse(file: string): unknown {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch {
    throw new InventoryError(
      file,
      "",
      "no such file; give an inventory with -i, for example -i inventory/five.yaml",
    );
  }
  const document = parseDocument(source);
  const [error] = document.errors;
  if (error) throw new InventoryError(file, "", `not valid YAML: ${error.message.trim()}`);
  return document.toJS();
}

function validate(file: string, data: unknown): InventoryFile {
  const parsed = inventorySchema.safeParse(data);
  const found = parsed.success
    ? problems(parsed.data)
    : parsed.error.issues.map((issue) => describe(issue, data));
  const [first] = found;
  if (first) {
    const others = found.slice(1).map(({ path, problem }) => `\n${file} › ${path}: ${problem}`);
    throw new InventoryError(file, first.path, first.problem + others.join(""));
  }
  return parsed.data as InventoryFile;
}

function describe(issue: z.core.$ZodIssue, data: unknown): { path: string; problem: string } {
  const path = issue.path.map(String).join("/") || "(top)";
  if (issue.code === "unrecognized_keys") return { path, problem: issue.message };
  if (issue.code === "invalid_key")
    return { path, problem: `found "${String(issue.path.at(-1))}"; ${issue.issues[0]?.message}` };
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    data,
  );
  const shown = value === undefined ? "nothing" : JSON.stringify(value);
  return { path, problem: `found ${shown.slice(0, 80)}; ${issue.message}` };
}

function build(file: string, data: InventoryFile): Inventory {
  const groupsOf = (name: string) =>
    Object.entries(data.groups).flatMap(([group, { hosts }]) => (hosts.includes(name) ? [group] : []));

  const hosts = Object.entries(data.hosts).map(([name, host]): Host => {
    const groups = groupsOf(name);
    const layers = [data.vars, ...groups.map((group) => data.groups[group]?.vars), host.vars];
    return {
      name,
      address: host.address,
      groups,
      ssh: { ...data.ssh, ...host.ssh },
      machine: {
        memory: host.machine?.memory ?? data.machine?.memory ?? 1024,
        cpus: host.machine?.cpus ?? data.machine?.cpus ?? 1,
      },
      vars: layers.reduce<RoleVars>(merge, {}),
    };
  });

  const byName = new Map(hosts.map((host) => [host.name, host]));
  const groups = Object.fromEntries(
    Object.entries(data.groups).map(([name, group]) => [
      name,
      group.hosts.flatMap((host) => byName.get(host) ?? []),
    ]),
  );
  return {
    file,
    domain: data.domain,
    publicAddress: data.public_address,
    control: data.control ?? [],
    hosts,
    groups,
  };
}

function merge(below: RoleVars, above: RoleVars | undefined): RoleVars {
  const merged: Record<string, Record<string, unknown>> = { ...below };
  for (const [role, vars] of Object.entries(above ?? {})) merged[role] = { ...merged[role], ...vars };
  return merged;
}
