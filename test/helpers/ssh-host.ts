import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { onTestFinished } from "vitest";
import type { Sandbox } from "./sandbox.ts";

export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

export interface HostOptions {
  /** The sandbox where commands run. Without it, commands are accepted but do not run. */
  readonly box?: Sandbox;
  /** Public keys that may log in. */
  readonly authorized: readonly string[];
  /** Private host key. @default a new one */
  readonly key?: string;
  /** How `sudo -n` behaves. @default "works" */
  readonly sudo?: "works" | "asks for a password" | "is missing";
  /** What the user's shell prints before it runs anything. */
  readonly greeting?: string;
  /** What runs a command; called with -c and the command. @default "sh" */
  readonly shell?: string;
  /** Closes each command's channel at once, without an exit code. */
  readonly hangsUp?: boolean;
  /** @default "127.0.0.1" */
  readonly address?: string;
  /** @default any */
  readonly port?: number;
}

/** A test host: an SSH server in this process that runs commands in a sandbox. */
export class SshHost {
  /** Every command that a client ran. */
  readonly execs: string[] = [];
  /** Every destination that a client asked to be forwarded to. */
  readonly forwards: string[] = [];
  readonly #server: ssh2.Server;
  readonly #options: HostOptions;
  readonly #sockets = new Set<Socket>();
  readonly #path: string;
  #port = 0;

  private constructor(options: HostOptions) {
    this.#options = options;
    this.#path = fakeSudo(options.sudo ?? "works");
    this.#server = new ssh2.Server({ hostKeys: [options.key ?? newKey().private] }, (client) =>
      this.#serve(client),
    );
    const { _srv: listener } = this.#server as unknown as { _srv: Server };
    listener.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: HostOptions, stopped: () => void = () => undefined): Promise<SshHost> {
    const host = new SshHost(options);
    await new Promise<void>((resolve) =>
      host.#server.listen(options.port ?? 0, options.address ?? "127.0.0.1", resolve),
    );
    host.#port = (host.#server.address() as AddressInfo).port;
    onTestFinished(async () => {
      await host.stop();
      stopped();
    });
    return host;
  }

  get port(): number {
    return this.#port;
  }

  /** Number of open TCP connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Breaks all connections, as if the client's kernel noticed a cut cable or a power failure. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.drop();
    rmSync(this.#path, { recursive: true, force: true });
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(client: ssh2.Connection): void {
    client.on("error", () => undefined);
    client.on("authentication", (attempt) => {
      const known = this.#options.authorized.map((key) => ssh2.utils.parseKey(key));
      const fits = known.some((key) => {
        if (attempt.method !== "publickey" || key instanceof Error) return false;
        if (!attempt.key.data.equals(key.getPublicSSH())) return false;
        return (
          attempt.signature === undefined ||
          key.verify(attempt.blob ?? "", attempt.signature, attempt.hashAlgo) === true
        );
      });
      if (fits) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => this.#exec(command, acceptExec()));
    });
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      this.forwards.push(`${destIP}:${destPort}`);
      const socket = connect(destPort, destIP);
      socket.once("error", () => reject());
      socket.once("connect", () => {
        const channel = accept();
        socket.on("error", () => channel.destroy());
        channel.on("error", () => socket.destroy());
        channel.pipe(socket).pipe(channel);
      });
    });
  }

  #exec(command: string, stream: ssh2.ServerChannel): void {
    this.execs.push(command);
    const { box, hangsUp, greeting = "", shell = "sh" } = this.#options;
    if (hangsUp) stream.close();
    if (greeting) stream.write(greeting);
    if (!box) return;
    const child = box.spawn([shell, "-c", command], {
      ...process.env,
      PATH: `${this.#path}:${process.env["PATH"]}`,
    });
    const pipes: NodeJS.EventEmitter[] = [child.stdin, child.stdout, child.stderr, stream];
    for (const pipe of pipes) pipe.on("error", () => undefined);
    stream.pipe(child.stdin);
    child.stdout.pipe(stream, { end: false });
    child.stderr.pipe(stream.stderr, { end: false });
    stream.on("close", () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    });
    child.on("close", (code: number | null) => {
      if (code === null) stream.exit("KILL");
      else stream.exit(code);
      stream.end();
    });
  }
}

/** A new key pair in OpenSSH's format. ssh2 sometimes makes one that it cannot parse itself. Then it makes another. */
export function newKey(passphrase?: string): KeyPair {
  const made =
    passphrase === undefined
      ? ssh2.utils.generateKeyPairSync("ed25519")
      : ssh2.utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-ctr", rounds: 4 });
  return ssh2.utils.parseKey(made.private, passphrase) instanceof Error ? newKey(passphrase) : made;
}

// --- internal ---

const SUDO = {
  works: '[ "$1" = -n ] || exit 97\nshift\nexec "$@"',
  "asks for a password": "echo 'sudo: a password is required' >&2\nexit 1",
  "is missing": "echo 'sh: sudo: not found' >&2\nexit 127",
} as const;

/** A directory with a fake `sudo`, to put first into PATH. */
function fakeSudo(behaviour: keyof typeof SUDO): string {
  const dir = mkdtempSync(join(tmpdir(), "quintet-sudo-"));
  writeFileSync(join(dir, "sudo"), `#!/bin/sh\n${SUDO[behaviour]}\n`);
  chmodSync(join(dir, "sudo"), 0o755);
  return dir;
}
