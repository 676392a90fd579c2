import { spawnSync } from "node:child_process";
import { type Host, readInventory } from "../engine/model/inventory/index.ts";
import { KnownHosts, knownName } from "../engine/ssh/known-hosts.ts";
import { PATIENCE, type Target, targetOf } from "../engine/ssh/target.ts";
import { quote } from "../engine/template/shell.ts";
import { UsageError } from "../engine/util/errors.ts";
import { didYouMean } from "../engine/util/nearest.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, INVENTORY } from "./lib/flags.ts";

export const definition = define({
  name: "ssh",
  summary: "Logs in to a host as the user of the inventory, or runs one command there.",
  args: [
    { name: "<host>", help: "a host, or its address", values: "hosts" },
    { name: "[command...]", help: "in quotes, as one word; flags behind the host are its own" },
  ],
  flags: {
    inventory: INVENTORY,
    forget: { flags: "--forget", help: "forget the host's key, when the machine was made anew" },
  },
  passThrough: true,
  examples: [
    ["npm run ssh -- web-01", "a shell"],
    ["npm run ssh -- db-01 'systemctl status mysql'", "one command"],
    ["npm run ssh -- --forget web-03", "web-03 was made anew"],
  ],
  exitCodes: { 1: EXIT_CODES[1], 255: "no connection", N: "the exit code of the command" },
});

start(definition, import.meta.filename, async ({ flags, args: [name = "", ...command] }) => {
  const knownHosts = new KnownHosts();
  const { hosts } = readInventory(flags.inventory);
  const host = hosts.find((host) => host.name === name || host.address === name);
  if (flags.forget) return forgetKey(knownHosts, host, name);
  const names = hosts.map(({ name }) => name);
  if (!host)
    throw new UsageError(
      `found host "${name}"${didYouMean(name, names)}; expected one of ${flags.inventory}: ${names.join(", ")}`,
    );
  const target = await targetOf(host);
  const login = [
    ...options(target, knownHosts),
    "-p",
    String(target.port),
    `${target.user}@${target.address}`,
  ];
  return spawnSync("ssh", [...login, ...command], { stdio: "inherit" }).status ?? 255;
});

// --- internal ---

async function forgetKey(knownHosts: KnownHosts, host: Host | undefined, name: string): Promise<number> {
  const target = host && (await targetOf(host));
  const known = target ? knownName(target.address, target.port) : name;
  console.log(
    knownHosts.forget(known) ? `forgot the host key of ${known}` : `there was no host key of ${known}`,
  );
  return 0;
}

function options(
  { keys, jump, agent, proxy, patience = PATIENCE }: Target,
  knownHosts: KnownHosts,
): string[] {
  const seconds = Math.ceil(patience / 1_000);
  const way = jump ? viaJump(jump, knownHosts) : proxy;
  const settings = [
    `UserKnownHostsFile=${knownHosts.file}`,
    ...["StrictHostKeyChecking=accept-new", "HashKnownHosts=no"],
    ...[
      `ConnectTimeout=${seconds}`,
      `ServerAliveInterval=${Math.ceil(seconds / 3)}`,
      "ServerAliveCountMax=3",
    ],
    ...(way === undefined ? [] : [`ProxyCommand=${way}`]),
    ...(agent === undefined ? [] : [`IdentityAgent=${agent}`]),
  ];
  return [...settings.flatMap((setting) => ["-o", setting]), ...keys.flatMap((key) => ["-i", key])];
}

/** -J would ask the user's own known_hosts and keys about the jump host. */
function viaJump(jump: Target, knownHosts: KnownHosts): string {
  const args = [
    ...options(jump, knownHosts),
    "-p",
    String(jump.port),
    "-W",
    "[%h]:%p",
    `${jump.user}@${jump.address}`,
  ];
  return ["ssh", ...args.map(quote)].join(" ");
}
