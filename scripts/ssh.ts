import { spawnSync } from "node:child_process";
import { type Host, readInventory } from "../engine/model/inventory/index.ts";
import { KnownHosts, knownName } from "../engine/ssh/known-hosts.ts";
import { PATIENCE, type Target, targetOf } from "../engine/ssh/target.ts";
import { quote } from "../engine/template/shell.ts";
import { UsageError } from "../engine/util/errors.ts";
import { didYouMean } from "../engine/util/nearest.ts";
import { DEFAULT_INVENTORY, main } from "./lib/cli.ts";

const USAGE = `npm run ssh -- [-i FILE] HOST [COMMAND...]      log in, or run one command as the user who logs in
npm run ssh -- [-i FILE] --forget HOST|ADDRESS  forget its host key, when the machine was made anew`;

main(async () => {
  const { file, forget, name, command } = words(process.argv.slice(2));
  if (name === undefined || name === "--help" || name === "-h") {
    console.log(USAGE);
    return name === undefined ? 1 : 0;
  }
  const knownHosts = new KnownHosts();
  const { hosts } = readInventory(file);
  const host = hosts.find((host) => host.name === name || host.address === name);
  if (forget) return forgetKey(knownHosts, host, name);
  const names = hosts.map(({ name }) => name);
  if (!host)
    throw new UsageError(
      `found host "${name}"${didYouMean(name, names)}; expected one of ${file}: ${names.join(", ")}`,
    );
  const target = await targetOf(host);
  const args = [
    ...options(target, knownHosts),
    "-p",
    String(target.port),
    `${target.user}@${target.address}`,
  ];
  return spawnSync("ssh", [...args, ...command], { stdio: "inherit" }).status ?? 255;
});

// --- internal ---

/** Our own flags end at the host's name: what follows is the remote command, with flags of its own. */
function words(given: readonly string[]) {
  const rest = [...given];
  let file: string = DEFAULT_INVENTORY;
  let forget = false;
  for (;;) {
    if (rest[0] === "-i" || rest[0] === "--inventory") file = rest.splice(0, 2)[1] ?? file;
    else if (rest[0] === "--forget") forget = rest.shift() !== undefined;
    else break;
  }
  const [name, ...command] = rest;
  return { file, forget, name, command };
}

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
