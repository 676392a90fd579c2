import { spawnSync } from "node:child_process";
import { type Commands, canInstall, installPackages, missingPackages } from "../../lab/packages.ts";

/** What the tests call, and the Debian package of each. */
const COMMANDS: Commands = {
  ssh: "openssh-client",
  sshd: "openssh-server",
  openssl: "openssl",
  nft: "nftables",
  shellcheck: "shellcheck",
  busybox: "busybox",
  curl: "curl",
};

/** What only some tests call, and not every system has: the command that tells, the packages, and whose tests they are. */
const OPTIONAL = [
  { command: "vagrant", packages: ["vagrant", "vagrant-libvirt"], tests: "the Vagrantfile's" },
  { command: "zsh", packages: ["zsh"], tests: "zsh's completion" },
  { command: "fish", packages: ["fish"], tests: "fish's completion" },
  { command: "pebble", packages: ["pebble"], tests: "the ACME server's" },
] as const;

/**
 * Installs what the tests call and this computer lacks, where it is Debian and we are root. Elsewhere says what is missing:
 * the tests that need it are skipped.
 */
export async function prepareTests(say: (line: string) => void): Promise<void> {
  if (process.getuid?.() === 0 && !hasNamespaces())
    say("no namespaces here: tests that need a file system of their own are skipped");
  const missing = missingPackages(COMMANDS);
  const optional = OPTIONAL.filter(({ command }) => missingPackages({ [command]: command }).length > 0);
  if (!canInstall()) {
    const all = [...missing, ...optional.flatMap(({ packages }) => packages)];
    if (all.length > 0)
      say(`not installed here: ${all.join(", ")}. Tests that need one of them are skipped.`);
    if (process.getuid?.() !== 0)
      say("not root: tests that need a machine, or a file system of their own, are skipped.");
    return;
  }
  if (missing.length > 0) await installPackages(missing, say);
  for (const { packages, tests } of optional)
    await installPackages(packages, say).catch(({ message }) =>
      say(`${tests} tests are skipped, since ${packages.join(" and ")} cannot be installed: ${message}`),
    );
}

// --- internal ---

/** Root of a container may lack them. As test/helpers/sandbox.ts asks. */
function hasNamespaces(): boolean {
  return spawnSync("unshare", ["--mount", "--net", "true"]).status === 0;
}
