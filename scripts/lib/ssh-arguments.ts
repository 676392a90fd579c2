import type { KnownHosts } from "../../engine/ssh/known-hosts.ts";
import { PATIENCE, type Target } from "../../engine/ssh/target.ts";
import { quote } from "../../engine/template/shell.ts";

/** Arguments with which OpenSSH logs in to a target as a run does: same keys, gateways, patience and host keys. */
export function sshArguments(target: Target, knownHosts: KnownHosts, ...more: readonly string[]): string[] {
  const login = ["-p", String(target.port), ...more, `${target.user}@${target.address}`];
  return [...options(target, knownHosts), ...login];
}

// --- internal ---

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
  return ["ssh", ...sshArguments(jump, knownHosts, "-W", "[%h]:%p").map(quote)].join(" ");
}
