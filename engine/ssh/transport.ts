import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { NodeSSH } from "node-ssh";
import { UnreachableError } from "../util/errors.ts";
import { knownName } from "./known-hosts.ts";
import type { Target } from "./target.ts";

/**
 * Opens the stream to a host's SSH server: through the gateway if there is one, through a command's stdin and stdout if
 * the user's settings say so, otherwise by TCP. TCP is tried twice, each time for `patience` ms or 5 s, whichever is
 * less. Rejects with UnreachableError if the gateway or the command fails, and with the system's error for TCP.
 */
export function openTransport(target: Target, patience: number, gateway?: NodeSSH): Promise<Duplex> {
  if (gateway) return through(gateway, target);
  if (target.proxy !== undefined) return Promise.resolve(overCommand(target.proxy, target));
  return dial(target, Math.min(patience, DIAL));
}

/**
 * Opens a TCP connection. Rejects with the system's error, after `patience` ms at most. It is made apart from the SSH
 * handshake, to tell a host that is off from one whose SSH server says nothing.
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
 * Tries twice. A machine that was rebuilt has another hardware address. The kernel goes on sending to the old one until
 * its probes have gone unanswered, which takes eight seconds. What is sent meanwhile is lost.
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

/** Runs ProxyCommand, with the tokens of ssh_config(5) replaced. If it ends early, its stderr is the reason. */
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
    // An error is ignored: the command's end tells the reason.
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
  // The stream ends only here, when the reason is known.
  child.once("close", (code) =>
    code === 0 ? stream.push(null) : fail(`exit ${code}${said && `: ${said.trim()}`}`),
  );
  return stream;
}
