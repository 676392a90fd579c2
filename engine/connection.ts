import { readFileSync } from "node:fs";
import { type Duplex, PassThrough } from "node:stream";
import { type Config, NodeSSH, type SSHExecCommandOptions } from "node-ssh";
import { UnreachableError } from "./errors.ts";
import { KnownHosts, knownName } from "./known-hosts.ts";
import { quote, type Shell } from "./shell.ts";
import type { Reach } from "./ssh-settings.ts";
import { changedKey, describe, isUnreadable, noKey, noKeyFits, type Trouble } from "./ssh-trouble.ts";
import { tcp } from "./tcp.ts";

/** Reads a program of so many bytes from stdin before it runs any of it: half a program is never run. */
export const BOOT = 'IFS= read -r n && p=$(head -c "$n") && eval "$p"';

/** An answer to what a program asks for while it runs: a file's content. */
export type Feed = (content: Buffer) => void;

/** One SSH connection to a host. The only file that knows node-ssh. */
export class Connection {
  /** How many commands were started on the host. */
  execs = 0;
  readonly #ssh: NodeSSH;
  readonly #jump: NodeSSH | undefined;
  readonly #root: boolean;
  readonly #lost: Promise<never>;

  private constructor(ssh: NodeSSH, jump: NodeSSH | undefined, user: string) {
    this.#ssh = ssh;
    this.#jump = jump;
    this.#root = user === "root";
    this.#lost = new Promise((_, reject) => {
      ssh.connection?.on("error", (error) => reject(lost(error.message)));
      ssh.connection?.on("close", () => reject(lost()));
    });
    this.#lost.catch(() => undefined);
  }

  /**
   * Connects and proves who the host is. A host that does not answer is given up after `patience` ms. Throws
   * UnreachableError that says what to do.
   */
  static async open(reach: Reach, knownHosts = new KnownHosts(), patience = 15_000): Promise<Connection> {
    const jump = reach.jump ? await dial(reach.jump, knownHosts, patience) : undefined;
    try {
      const ssh = await dial(reach, knownHosts, patience, jump);
      return new Connection(ssh, jump, reach.user);
    } catch (error) {
      jump?.dispose();
      throw error;
    }
  }

  /** Runs a program as root. `onLine` gets each line it prints, and can feed it. Answers exit code and stderr. */
  async run(
    program: Shell,
    onLine: (line: string, feed: Feed) => void,
  ): Promise<{ code: number; stderr: string }> {
    const source = program.reveal();
    const stdin = new PassThrough();
    stdin.write(`${Buffer.byteLength(source)}\n${source}`);
    const lines = lineSplitter((line) => onLine(line, (content) => stdin.write(content)));
    const shell = `sh -c ${quote(BOOT)}`;
    return this.#exec(this.#root ? shell : `sudo -n ${shell}`, { stdin, onStdout: lines });
  }

  /** Why the user cannot become root, and what to do; undefined when that is not it. Asked when a program could not start. */
  async whyNotRoot(): Promise<string | undefined> {
    if (this.#root) return undefined;
    const { code } = await this.#exec("sudo -n true", {});
    if (code === 0) return undefined;
    return code === 127
      ? "sudo is not installed; log in as root, with ssh: { user: root } in the inventory"
      : "sudo asks for a password; expected NOPASSWD for this user in /etc/sudoers.d (Vagrant's boxes have it), or root as ssh: { user: root }";
  }

  close(): void {
    this.#ssh.dispose();
    this.#jump?.dispose();
  }

  /** Without an exit code and without a signal, it was not the command that ended. */
  async #exec(command: string, options: SSHExecCommandOptions): Promise<{ code: number; stderr: string }> {
    this.execs++;
    const done = this.#ssh.execCommand(command, { noTrim: true, ...options }).catch((error: Error) => {
      throw lost(error.message);
    });
    const { code, signal, stderr } = await Promise.race([done, this.#lost]);
    if (code === null && signal === null) throw lost();
    return { code: code ?? 255, stderr };
  }
}

// --- internal ---

/** A machine of the same network that takes no connection within so many milliseconds is off. */
const DIAL = 5_000;

function lost(why = "the host closed it or went away"): UnreachableError {
  return new UnreachableError(`connection lost: ${why}`);
}

async function dial(
  reach: Reach,
  knownHosts: KnownHosts,
  patience: number,
  jump?: NodeSSH,
): Promise<NodeSSH> {
  const name = knownName(reach.address, reach.port);
  const known = knownHosts.typesOf(name);
  let stranger = false;
  let met = false;
  const attempt = async (key: string | undefined) => {
    const ssh = new NodeSSH();
    const privateKey = key === undefined ? "" : readFileSync(key, "utf8");
    const sock = jump
      ? await through(jump, reach)
      : await tcp(reach.address, reach.port, Math.min(patience, DIAL));
    const settings: Config = {
      host: reach.address,
      port: reach.port,
      username: reach.user,
      ...(key !== undefined && { privateKey }),
      ...(key === undefined && process.env["SSH_AUTH_SOCK"] && { agent: process.env["SSH_AUTH_SOCK"] }),
      sock: sock as never,
      ...(known.length > 0 && { algorithms: { serverHostKey: known.flatMap(algorithms) as never } }),
      hostVerifier: (shown: Buffer) => {
        met = true;
        stranger = !knownHosts.accepts(name, shown);
        return !stranger;
      },
      readyTimeout: patience,
      keepaliveInterval: 5_000,
      keepaliveCountMax: 3,
    };
    try {
      await ssh.connect(settings);
    } catch (error) {
      sock.destroy();
      throw error;
    }
    ssh.connection?.on("error", () => undefined);
    return ssh;
  };

  const attempts = [...reach.keys, ...(process.env["SSH_AUTH_SOCK"] ? [undefined] : [])];
  if (attempts.length === 0) throw new UnreachableError(noKey(reach, name));
  const unreadable: string[] = [];
  let refused = false;
  for (const key of attempts) {
    try {
      return await attempt(key);
    } catch (error) {
      if (error instanceof UnreachableError) throw error;
      const trouble = error as Trouble;
      if (stranger || (trouble.level === "handshake" && known.length > 0 && !met))
        throw new UnreachableError(changedKey(name, knownHosts.file));
      if (isUnreadable(trouble)) unreadable.push(`${key ?? "the SSH agent"} (${trouble.message})`);
      else if (trouble.level === "client-authentication") refused = true;
      else throw new UnreachableError(describe(trouble, name, patience));
    }
  }
  throw new UnreachableError(noKeyFits(reach, name, refused, unreadable));
}

async function through(ssh: NodeSSH, { address, port, jump }: Reach): Promise<Duplex> {
  try {
    return await ssh.forwardOut("127.0.0.1", 0, address, port);
  } catch (error) {
    const way = jump && knownName(jump.address, jump.port);
    throw new UnreachableError(
      `${knownName(address, port)} cannot be reached through ${way}: ${(error as Error).message}`,
    );
  }
}

/** RSA keys are one type with three signature algorithms; SHA-1 is not among the ones we take. */
function algorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
}

function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}
