import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { NodeSSH } from "node-ssh";
import { UnreachableError } from "../util/errors.ts";
import { knownName } from "./known-hosts.ts";
import type { Target } from "./target.ts";

/**
 * The stream to a host's SSH server: through the gateway when there is one, a command's stdin and stdout when the user's
 * settings say so, otherwise TCP. A machine that takes no connection within `patience` ms is given up. Rejects with
 * UnreachableError for a way that ends early, and with the system's error for TCP.
 */
export function openTransport(target: Target, patience: number, gateway?: NodeSSH): Promise<Duplex> {
  if (gateway) return through(gateway, target);
  if (target.proxy !== undefined) return Promise.resolve(overCommand(target.proxy, target));
  return dial(target, Math.min(patience, DIAL));
}

/**
 * A TCP connection, or the system's error after at most `patience` ms. Made apart from the SSH handshake, so that a host
 * that is off is told from one whose SSH server says nothing.
 */
export function connectTcp(address: string, port: number, patience: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true });
    const fail = (error: Error) => {
      socket.destroy();
      reject(Object.assign(error, { level: "client-socket" }));
    };
    const late = () => fail(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }));
    const timer = setTimeout(late, patience);
    socket.once("error", fail);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", fail);
      resolve(socket);
    });
    socket.once("close", () => clearTimeout(timer));
  });
}

// --- internal ---

/** How long one connection is tried, in milliseconds. */
const DIAL = 5_000;

/**
 * Tries twice. A machine that was made anew has another hardware address, and the kernel sends to the old one until its
 * probes have gone unanswered, which takes it eight seconds; what it wants to send meanwhile is lost.
 */
async function dial({ address, port }: Target, patience: number): Promise<Duplex> {
  try {
    return await connectTcp(address, port, patience);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ETIMEDOUT") throw error;
    return connectTcp(address, port, patience);
  }
}

async function through(gateway: NodeSSH, { address, port, jump }: Target): Promise<Duplex> {
  try {
    return await gateway.forwardOut("127.0.0.1", 0, address, port);
  } catch (error) {
    const way = jump && knownName(jump.address, jump.port);
    throw new UnreachableError(
      `${knownName(address, port)} cannot be reached through ${way}: ${(error as Error).message}`,
    );
  }
}

/** ProxyCommand, with the tokens that ssh_config(5) has for it. What it says on stderr is the reason when it ends early. */
function overCommand(template: string, { address, port, user }: Target): Duplex {
  const tokens: Record<string, string> = {
    "%h": address,
    "%n": address,
    "%p": String(port),
    "%r": user,
    "%%": "%",
  };
  const command = template.replace(/%[hnpr%]/g, (token) => tokens[token] ?? token);
  const child = spawn(command, { shell: true, stdio: "pipe" });
  const stream = new Duplex({
    read: () => child.stdout.resume(),
    // Why it takes no more is said by its end.
    write: (chunk, _encoding, done) => child.stdin.write(chunk, () => done()),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  child.stdout.on("data", (chunk) => stream.push(chunk) || child.stdout.pause());
  child.stdin.on("error", () => undefined);
  const fail = (why: string) => {
    const what = `${knownName(address, port)} cannot be reached through ProxyCommand "${command}"`;
    stream.destroy(new UnreachableError(`${what}: ${why}`));
  };
  child.once("error", ({ message }) => fail(message));
  // Its end is passed on only here, when the reason is known.
  child.once("close", (code) =>
    code === 0 ? stream.push(null) : fail(`exit ${code}${said && `: ${said.trim()}`}`),
  );
  return stream;
}
