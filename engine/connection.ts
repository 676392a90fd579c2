import { readFileSync } from "node:fs";
import { type Duplex, PassThrough } from "node:stream";
import { NodeSSH } from "node-ssh";
import { UnreachableError } from "./errors.ts";
import { KnownHosts, knownName } from "./known-hosts.ts";
import { quote, type Shell } from "./shell.ts";
import type { Reach } from "./ssh-settings.ts";

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
      ssh.connection?.once("error", (error) =>
        reject(new UnreachableError(`connection lost: ${error.message}`)),
      );
      ssh.connection?.once("close", () =>
        reject(new UnreachableError("connection lost: the host closed it or went away")),
      );
    });
    this.#lost.catch(() => undefined);
  }

  /** Connects and proves who the host is. Throws UnreachableError that says what to do. */
  static async open(reach: Reach, knownHosts = new KnownHosts()): Promise<Connection> {
    const jump = reach.jump ? await dial(reach.jump, knownHosts) : undefined;
    const sock = jump ? await jump.forwardOut("127.0.0.1", 0, reach.address, reach.port) : undefined;
    return new Connection(await dial(reach, knownHosts, sock), jump, reach.user);
  }

  /** Runs a program as root. `onLine` gets each line it prints, and can feed it. Answers exit code and stderr. */
  async run(
    program: Shell,
    onLine: (line: string, feed: Feed) => void,
  ): Promise<{ code: number; stderr: string }> {
    this.execs++;
    const source = program.reveal();
    const stdin = new PassThrough();
    stdin.write(`${Buffer.byteLength(source)}\n${source}`);
    const lines = lineSplitter((line) => onLine(line, (content) => stdin.write(content)));
    const shell = `sh -c ${quote(BOOT)}`;
    const done = this.#ssh.execCommand(this.#root ? shell : `sudo -n ${shell}`, {
      stdin,
      onStdout: lines,
      noTrim: true,
    });
    const { code, stderr } = await Promise.race([done, this.#lost]);
    return { code: code ?? 255, stderr };
  }

  /** Whether the user may become root without a password: asked when a program could not start. */
  async maySudo(): Promise<boolean> {
    this.execs++;
    const { code } = await Promise.race([this.#ssh.execCommand("sudo -n true"), this.#lost]);
    return code === 0;
  }

  close(): void {
    this.#ssh.dispose();
    this.#jump?.dispose();
  }
}

// --- internal ---

async function dial(reach: Reach, knownHosts: KnownHosts, sock?: Duplex): Promise<NodeSSH> {
  const name = knownName(reach.address, reach.port);
  const known = knownHosts.typesOf(name);
  let stranger = false;
  const attempt = (key: string | undefined) =>
    new NodeSSH().connect({
      host: reach.address,
      port: reach.port,
      username: reach.user,
      ...(sock && { sock: sock as never }),
      ...(key !== undefined && { privateKey: readFileSync(key, "utf8") }),
      ...(key === undefined && process.env["SSH_AUTH_SOCK"] && { agent: process.env["SSH_AUTH_SOCK"] }),
      ...(known.length > 0 && { algorithms: { serverHostKey: known.flatMap(algorithms) as never } }),
      hostVerifier: (shown: Buffer) => {
        const accepted = knownHosts.accepts(name, shown);
        stranger ||= !accepted;
        return accepted;
      },
      readyTimeout: 15_000,
      keepaliveInterval: 5_000,
      keepaliveCountMax: 3,
    });

  const attempts = [...reach.keys, ...(process.env["SSH_AUTH_SOCK"] ? [undefined] : [])];
  if (attempts.length === 0)
    throw new UnreachableError(
      `no private key for ${reach.user}@${name}: is the machine up (vagrant up, or npm run lab -- up)? Otherwise name one in the inventory: ssh: { key: ~/.ssh/id_ed25519 }`,
    );
  let last: unknown;
  for (const key of attempts) {
    try {
      return await attempt(key);
    } catch (error) {
      last = error;
      if (stranger || !wasRefused(error)) break;
    }
  }
  throw new UnreachableError(stranger ? changedKey(name, knownHosts.file) : describe(last, reach, name));
}

/** RSA keys are one type with three signature algorithms; SHA-1 is not among the ones we take. */
function algorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
}

function wasRefused(error: unknown): boolean {
  return (error as { level?: string }).level === "client-authentication";
}

function changedKey(name: string, file: string): string {
  return [
    `${name} shows another host key than the one in ${file}.`,
    "If the machine was made anew (vagrant destroy, a reinstallation), forget the old key:",
    `  npm run ssh -- --forget ${name}`,
    "and run again. If it was not, someone may be answering in its place: find out before you go on.",
  ].join("\n");
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens on its SSH port; is it still booting?",
  EHOSTUNREACH: "no route to it; is it running (vagrant status, npm run lab -- status)?",
  ENETUNREACH: "no route to its network; is it running (vagrant status, npm run lab -- status)?",
  ETIMEDOUT: "it does not answer; is it running (vagrant status, npm run lab -- status)?",
  ENOTFOUND: "its name has no address",
};

function describe(error: unknown, reach: Reach, name: string): string {
  const { level, code, message } = error as { level?: string; code?: string; message: string };
  const tried = reach.keys.length > 0 ? reach.keys.join(", ") : "the SSH agent's keys";
  if (level === "client-authentication")
    return `${name} refuses ${reach.user} with ${tried}; expected one of these keys in that user's authorized_keys. Name another with ssh: { key: … } in the inventory`;
  if (level === "client-timeout")
    return `${name} takes connections, but does not answer as an SSH server within 15 s`;
  return `${name}: ${CAUSES[code ?? ""] ?? message}`;
}

function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}
