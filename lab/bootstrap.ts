import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Of } from "../engine/util/hash.ts";
import { attempt, run } from "./run.ts";

/** What a Debian system is made of. */
export interface Recipe {
  readonly suite: string;
  /** apt sources, in the deb822 format. */
  readonly sources: string;
  /** apt settings for the build. mmdebstrap leaves them in the new system, in apt.conf.d/99mmdebstrap. */
  readonly options: readonly string[];
  readonly packages: readonly string[];
  /** Public SSH key of the user `vagrant`, who may become root. */
  readonly publicKey: string;
  /** Shell script that runs last in the new system, with `finishArguments` as its arguments. */
  readonly finish: string;
  readonly finishArguments: readonly string[];
}

/** Makes a Debian system with OpenSSH in a new directory. Throws a FailedError that names the step that failed. */
export async function bootstrap(root: string, recipe: Recipe): Promise<void> {
  const sources = `${root}.sources`;
  writeFileSync(sources, recipe.sources);
  try {
    const options = recipe.options.map((option) => `--aptopt=${option}`);
    const include = `--include=${recipe.packages.join(",")}`;
    await attempt(
      "mmdebstrap",
      () =>
        run`mmdebstrap --mode=root --variant=minbase ${include} ${options} ${recipe.suite} ${root} ${sources}`,
    );
    tidySources(join(root, "etc/apt"), recipe.sources);
    await attempt(
      "finishing the new system",
      () =>
        run({
          input: LOGIN + recipe.finish,
        })`chroot ${root} /bin/sh -s ${[recipe.publicKey, ...recipe.finishArguments]}`,
    );
    writeFileSync(join(root, "etc/machine-id"), "uninitialized\n");
  } finally {
    rmSync(sources, { force: true });
  }
}

/** A short hash of parts of a recipe. If a part changes, the hash changes, and a new system is built. */
export function digestOf(...parts: readonly unknown[]): string {
  return sha256Of(JSON.stringify([LOGIN, ...parts])).slice(0, 12);
}

// --- internal ---

// Each machine makes its own SSH host keys at its first boot.
const LOGIN = `set -eu
useradd --create-home --shell /bin/bash vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/vagrant
chmod 0440 /etc/sudoers.d/vagrant
install -d -o vagrant -g vagrant -m 0700 /home/vagrant/.ssh
printf '%s\\n' "$1" >/home/vagrant/.ssh/authorized_keys
shift
chown vagrant:vagrant /home/vagrant/.ssh/authorized_keys
chmod 0600 /home/vagrant/.ssh/authorized_keys
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
cat >/etc/systemd/system/ssh-hostkeys.service <<'UNIT'
[Unit]
Description=Host keys of this machine
Before=ssh.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
UNIT
systemctl --quiet enable ssh-hostkeys.service ssh.service
`;

function tidySources(apt: string, sources: string) {
  rmSync(join(apt, "sources.list"), { force: true });
  rmSync(join(apt, "sources.list.d"), { recursive: true });
  mkdirSync(join(apt, "sources.list.d"));
  writeFileSync(join(apt, "sources.list.d/debian.sources"), sources);
}
