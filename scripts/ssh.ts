import { spawnSync } from "node:child_process";
import { COMMON, flags, main } from "../engine/cli.ts";
import { UsageError } from "../engine/errors.ts";
import { readInventory } from "../engine/inventory.ts";
import { KnownHosts, knownName } from "../engine/known-hosts.ts";
import { didYouMean } from "../engine/nearest.ts";
import { reachOf } from "../engine/ssh-settings.ts";

await main(async () => {
  const { values, positionals } = flags({ ...COMMON, forget: { type: "boolean", default: false } }, true);
  const [name, ...command] = positionals;
  if (values.help || name === undefined) {
    console.log(
      "npm run ssh -- HOST [COMMAND...]      log in, or run one command\nnpm run ssh -- --forget HOST|ADDRESS  forget its host key, when the machine was made anew",
    );
    return values.help ? 0 : 1;
  }
  const { hosts, file } = readInventory(values.inventory);
  const host = hosts.find((host) => host.name === name || host.address === name);
  const knownHosts = new KnownHosts();
  if (values.forget) {
    const reach = host && (await reachOf(host));
    const known = reach ? knownName(reach.address, reach.port) : name;
    console.log(
      knownHosts.forget(known) ? `forgot the host key of ${known}` : `there was no host key of ${known}`,
    );
    return 0;
  }
  const names = hosts.map(({ name }) => name);
  if (!host)
    throw new UsageError(
      `found host "${name}"${didYouMean(name, names)}; expected one of ${file}: ${names.join(", ")}`,
    );
  const { address, port, user, keys, jump } = await reachOf(host);
  const options = [
    `UserKnownHostsFile=${knownHosts.file}`,
    "StrictHostKeyChecking=accept-new",
    "HashKnownHosts=no",
    "IdentitiesOnly=yes",
  ];
  const args = [
    ...options.flatMap((option) => ["-o", option]),
    ...keys.flatMap((key) => ["-i", key]),
    ...(jump ? ["-J", `${jump.user}@${jump.address}:${jump.port}`] : []),
    ...["-p", String(port), `${user}@${address}`, ...command],
  ];
  return spawnSync("ssh", args, { stdio: "inherit" }).status ?? 255;
});
