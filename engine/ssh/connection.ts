import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import type { SSHExecCommandOptions } from "node-ssh";
import { quote, type Shell } from "../template/shell.ts";
import { UnreachableError } from "../util/errors.ts";
import { Dialer, type Dialled } from "./dialer.ts";
import { idleTimeout } from "./idle-timeout.ts";
import { LinesBehind } from "./lines-behind.ts";
import type { Target } from "./target.ts";

/**
 * The bootstrap. Prints its marker ($0) on a line of its own, behind whatever the user's shell has printed before it (a
 * `.bashrc` that talks). Then reads a length from stdin, then that many compressed bytes, and runs them: never half a program.
 */
export const BOOT = `printf '\\n%s\\n' "$0"; IFS= read -r n && p=$(head -c "$n" | gzip -dc) && eval "$p"`;

/**
 * A program as it travels. It is compressed because TCP starts slowly: a smaller program reaches a distant host in fewer
 * round trips. Level 1 takes the least time.
 */
export function compressed(program: Shell): Buffer {
  return gzipSync(program.reveal(), { level: 1 });
}

/** What BOOT reads. */
export function packed(program: Shell): Buffer {
  const content = compressed(program);
  return Buffer.concat([Buffer.from(`${content.length}\n`), content]);
}

/** Sends a running program what it asks for, such as the content of a file. */
export type Feed = (content: Buffer) => void;

/** Hears a line that a program prints, and can send it something. */
export type OnLine = (line: string, feed: Feed) => void;

export interface RunOptions {
  /** Rejects after so many milliseconds without a line. @default never */
  readonly idleTimeout?: number;
  /** Told at once how to send the program something, how to end its stdin, and which marker comes before its lines. */
  readonly onStart?: (started: { feed: Feed; hangUp: () => void; marker: string }) => void;
  /** Told what the host had printed when the program began. */
  readonly onBegin?: (before: string) => void;
  readonly onStderr?: (text: string) => void;
}

/** How a program ended. `before` is what the host printed before the program began, for people. */
export interface Ended {
  readonly code: number;
  readonly stderr: string;
  readonly before: string;
}

/** One SSH connection to a host, on which programs run as root. */
export class Connection {
  /** How many commands were started on the host. */
  execs = 0;
  readonly #dialled: Dialled;
  readonly #dial: () => Promise<Dialled>;
  readonly #root: boolean;
  readonly #lost: Promise<never>;

  private constructor(dialled: Dialled, user: string, dial: () => Promise<Dialled>) {
    const { connection } = dialled.ssh;
    this.#dialled = dialled;
    this.#dial = dial;
    this.#root = user === "root";
    this.#lost = new Promise((_, reject) => {
      connection?.on("error", (error) => reject(lost(error.message)));
      connection?.on("close", () => reject(lost()));
    });
    this.#lost.catch(() => undefined);
  }

  /** Connects, and verifies the host's key. Throws UnreachableError that says what to do. */
  static async open(target: Target, dialer = new Dialer()): Promise<Connection> {
    const dial = () => dialer.dial(target);
    return new Connection(await dial(), target.user, dial);
  }

  /**
   * Runs a program as root. Rejects with UnreachableError if the connection is lost, or after `idleTimeout` ms without a
   * line.
   */
  async run(program: Shell, onLine: OnLine, options: RunOptions = {}): Promise<Ended> {
    const stdin = new PassThrough();
    stdin.write(packed(program));
    const feed = (content: Buffer) => void stdin.write(content);
    const idle = idleTimeout(options.idleTimeout ?? Number.POSITIVE_INFINITY);
    const marker = `quintet-${randomBytes(9).toString("hex")}`;
    const hear = (line: string) => {
      idle.reset();
      onLine(line, feed);
    };
    const lines = new LinesBehind(marker, hear, options.onBegin);
    options.onStart?.({ feed, hangUp: () => stdin.end(), marker });
    const shell = `sh -c ${quote(BOOT)} ${marker}`;
    const running = this.#exec(this.#root ? shell : `sudo -n ${shell}`, {
      stdin,
      onStdout: (chunk) => lines.add(chunk),
      onStderr: (chunk) => options.onStderr?.(chunk.toString()),
    });
    const ended = await Promise.race([running, idle.expired]).finally(() => idle.stop());
    return { ...ended, before: lines.before };
  }

  /** Why the user cannot become root, and what to do; undefined if the user can. Asked if a program did not start. */
  async whyNotRoot(): Promise<string | undefined> {
    if (this.#root) return undefined;
    const { code } = await this.#exec("sudo -n true", {});
    if (code === 0) return undefined;
    return code === 127
      ? "sudo is not installed; expected it, and NOPASSWD for this user in /etc/sudoers.d: install it as root"
      : "sudo asks for a password; expected NOPASSWD for this user in /etc/sudoers.d (Vagrant's boxes have it)";
  }

  /** Whether another login in the same way works now, beside this one. */
  async tryLogin(): Promise<boolean> {
    try {
      (await this.#dial()).end();
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#dialled.end();
  }

  /** Runs a command. Without an exit code and without a signal, it was the connection that ended. */
  async #exec(command: string, options: SSHExecCommandOptions): Promise<{ code: number; stderr: string }> {
    this.execs++;
    const done = this.#dialled.ssh
      .execCommand(command, { noTrim: true, ...options })
      .catch((error: Error) => {
        throw lost(error.message);
      });
    const { code, signal, stderr } = await Promise.race([done, this.#lost]);
    if (code === null && signal === null) throw lost();
    return { code: code ?? 255, stderr };
  }
}

// --- internal ---

function lost(why = "the host closed it or went away"): UnreachableError {
  return new UnreachableError(`connection lost: ${why}`);
}
