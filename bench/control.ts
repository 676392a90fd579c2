import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sha256Of } from "../engine/util/hash.ts";
import { attempt, run } from "../lab/run.ts";
import { boxAptOptions, boxMirror, sourcesFor } from "../lab/sources.ts";
import { type Measured, measured } from "./bench.ts";

const SUITE = "trixie";
const PACKAGES = ["ansible-core", "ansible-mitogen", "openssh-client"];
const PLAYBOOK = resolve(import.meta.dirname, "ansible");
const MITOGEN = "/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy";

/** Folder with the playbook's input, as Ansible sees it. */
export const WORK = "/srv/work";

/** The control machine for Ansible: `run` runs a playbook, `hangUp` closes the connections that Ansible keeps open. */
export type Control = Awaited<ReturnType<typeof openControl>>;

/**
 * Makes a Debian 13 in a directory to run Ansible in, because Debian 12's Ansible is too old for the machines' Python.
 * It uses this computer's network and processors. `work` is the folder with inventory and files.
 */
export async function openControl(work: string, print: (line: string) => void) {
  const root = await ensureRoot(print);
  const inside = (...argv: string[]) => [
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    ENTER,
    "sh",
    ...argv,
  ];
  const place = [root, PLAYBOOK, work];
  const sockets = join(root, "root/.ansible/cp");
  return {
    /** Versions of Ansible, Mitogen and Python. */
    versions: async () => {
      const names = ["ansible-core", "python3-mitogen", "python3"];
      const { stdout } = await run`chroot ${root} dpkg-query -W -f ${"${Package} ${Version}, "} ${names}`;
      return stdout.replace(/, $/, "");
    },
    run: (argv: readonly string[], { mitogen }: { mitogen: boolean }): Promise<Measured> => {
      const strategy = [`ANSIBLE_STRATEGY_PLUGINS=${MITOGEN}`, "ANSIBLE_STRATEGY=mitogen_linear"];
      return measured("unshare", inside(...place, ...(mitogen ? strategy : []), "ansible-playbook", ...argv));
    },
    hangUp: async () => {
      const names = existsSync(sockets) ? readdirSync(sockets) : [];
      const quiet = run({ nothrow: true });
      for (const name of names)
        await quiet`chroot ${root} ssh -O exit -S ${`/root/.ansible/cp/${name}`} host`;
    },
    /** Writes the hosts' keys to known_hosts, because Ansible refuses unknown hosts. */
    know: async (addresses: readonly string[]) => {
      const { stdout } = await run`ssh-keyscan -t ed25519 ${addresses}`;
      mkdirSync(join(root, "root/.ssh"), { recursive: true, mode: 0o700 });
      writeFileSync(join(root, "root/.ssh/known_hosts"), stdout);
    },
  };
}

// --- internal ---

/** Runs in its own mount namespace, so that nothing stays mounted, however it ends. */
const ENTER = `
root=$1 playbook=$2 work=$3
shift 3
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$playbook" "$root/srv/playbook"
mount --bind "$work" "$root${WORK}"
exec chroot "$root" env -i --chdir=/srv/playbook PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"`;

async function ensureRoot(print: (line: string) => void): Promise<string> {
  const sources = sourcesFor(SUITE, boxMirror());
  const name = sha256Of(JSON.stringify([sources, PACKAGES]));
  const root = resolve(".quintet/bench", `control-${name.slice(0, 12)}`);
  if (existsSync(root)) return root;
  print("making a Debian 13 with Ansible and Mitogen");
  const scratch = `${root}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    writeFileSync(`${scratch}.sources`, sources);
    const options = boxAptOptions().map((option) => `--aptopt=${option}`);
    const include = `--include=${PACKAGES.join(",")}`;
    await attempt(
      "mmdebstrap",
      () =>
        run`mmdebstrap --mode=root --variant=minbase ${include} ${options} ${SUITE} ${scratch} ${`${scratch}.sources`}`,
    );
    for (const folder of ["playbook", "work"]) mkdirSync(join(scratch, "srv", folder));
    renameSync(scratch, root);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(`${scratch}.sources`, { force: true });
  }
  return root;
}
