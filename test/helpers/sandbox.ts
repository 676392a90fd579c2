import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Whether tests can have their own mount and network namespaces here. That takes Linux and root. */
export const canSandbox =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  spawnSync("unshare", ["--mount", "--net", "true"]).status === 0;

/**
 * A place where a program runs as on a host. It has its own /run, /var/lib, /etc and network. They last as long as the
 * test.
 */
export class Sandbox {
  /** Directory for the files that the test's resources change. */
  readonly host: string;
  readonly #dir: string;

  constructor() {
    this.#dir = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "quintet-test-"));
    this.host = join(this.#dir, "host");
    for (const folder of ["host", "run", "lib/dpkg", "etc/sysctl.d"])
      mkdirSync(join(this.#dir, folder), { recursive: true });
    for (const file of ETC.filter((name) => existsSync(join("/etc", name))))
      cpSync(join("/etc", file), join(this.etc, file), { recursive: true, verbatimSymlinks: true });
  }

  /** The directory that programs see as /run/quintet. */
  get run(): string {
    return join(this.#dir, "run/quintet");
  }

  /** The directory that programs see as /var/lib/quintet. */
  get lib(): string {
    return join(this.#dir, "lib/quintet");
  }

  /** The directory that programs see as /etc. */
  get etc(): string {
    return join(this.#dir, "etc");
  }

  /** Starts a command in the sandbox, in its own process group. */
  spawn(command: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcessWithoutNullStreams {
    const args = ["--mount", "--net", "sh", "-c", ENTER, "sandbox", this.#dir, ...command];
    return spawn("unshare", args, { detached: true, env });
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** A sandbox that is removed when the test ends. Concurrent tests must pass the hook of their own test context. */
export function sandbox(finished: (remove: () => void) => void = onTestFinished): Sandbox {
  const made = new Sandbox();
  finished(() => made.remove());
  return made;
}

// --- internal ---

const ENTER = `set -e
dir=$1
shift
mount --rbind /var/lib/dpkg "$dir/lib/dpkg"
mount --rbind "$dir/lib" /var/lib
mount --bind "$dir/run" /run
mount --bind "$dir/etc" /etc
cd /
exec "$@"`;

/** The parts of /etc that accounts, shells and awk need. */
const ETC =
  "alternatives default/useradd group gshadow login.defs nsswitch.conf pam.d passwd security shadow".split(
    " ",
  );
