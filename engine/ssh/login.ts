import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { type Config, NodeSSH } from "node-ssh";
import { UnreachableError } from "../util/errors.ts";
import {
  changedKey,
  describe,
  isUnreadable,
  type LoginFailure,
  noKey,
  noKeyFits,
  notOnRecord,
} from "./errors.ts";
import { type KnownHosts, knownName } from "./known-hosts.ts";
import { retryTurnedAway } from "./retry.ts";
import type { Target } from "./target.ts";

/**
 * Logs in over streams that `connect` makes, one for each key that is tried. Verifies the host's key first, then logs
 * the user in. Gives up after `patience` ms of silence. Throws UnreachableError that says what to do.
 */
export async function login(
  target: Target,
  knownHosts: KnownHosts,
  patience: number,
  connect: () => Promise<Duplex>,
): Promise<NodeSSH> {
  const name = knownName(target.address, target.port);
  await knownHosts.adopt(name, target.records ?? []);
  const known = knownHosts.typesOf(name);
  if (known.length === 0 && target.strict) throw new UnreachableError(notOnRecord(name));
  let stranger = false;
  let met = false;
  const verify = (shown: Buffer) => {
    met = true;
    stranger = !knownHosts.accepts(name, shown);
    return !stranger;
  };
  const agent = target.agent ?? process.env["SSH_AUTH_SOCK"];
  const attempts = [...target.keys, ...(agent ? [undefined] : [])];
  if (attempts.length === 0) throw new UnreachableError(noKey(target, name));
  const unreadable: string[] = [];
  let refused = false;
  for (const key of attempts) {
    try {
      const one = () => attempt({ target, key, agent, known, verify, patience, connect });
      return await retryTurnedAway(one, patience);
    } catch (error) {
      if (error instanceof UnreachableError) throw error;
      const failure = error as LoginFailure;
      if (stranger || (failure.level === "handshake" && known.length > 0 && !met))
        throw new UnreachableError(changedKey(name, knownHosts.file));
      if (isUnreadable(failure)) unreadable.push(`${key ?? "the SSH agent"} (${failure.message})`);
      else if (failure.level === "client-authentication") refused = true;
      else throw new UnreachableError(describe(failure, name, patience));
    }
  }
  throw new UnreachableError(noKeyFits(target, name, refused, unreadable));
}

// --- internal ---

/** A connection is lost after so many keepalives without an answer. */
const KEEPALIVES = 3;

interface Attempt {
  target: Target;
  /** A private key's file; undefined for the agent's keys. */
  key: string | undefined;
  agent: string | undefined;
  known: readonly string[];
  verify: (shown: Buffer) => boolean;
  patience: number;
  connect: () => Promise<Duplex>;
}

async function attempt({ target, key, agent, known, verify, patience, connect }: Attempt): Promise<NodeSSH> {
  const ssh = new NodeSSH();
  const privateKey = key === undefined ? "" : readFileSync(key, "utf8");
  const sock = await connect();
  const settings: Config = {
    host: target.address,
    port: target.port,
    username: target.user,
    ...(key === undefined ? agent && { agent } : { privateKey }),
    sock: sock as never,
    ...(known.length > 0 && { algorithms: { serverHostKey: known.flatMap(algorithms) as never } }),
    hostVerifier: verify,
    readyTimeout: patience,
    keepaliveInterval: patience / KEEPALIVES,
    keepaliveCountMax: KEEPALIVES,
  };
  // The stream's own error says more than "connection lost before handshake".
  const ended = new Promise<never>((_, reject) => {
    sock.once("error", (error) => error instanceof UnreachableError && reject(error));
  });
  try {
    await Promise.race([ssh.connect(settings), ended]);
  } catch (error) {
    sock.destroy();
    throw error;
  }
  ssh.connection?.on("error", () => undefined);
  // Each command listens until it ends. Node would warn of a leak if eleven commands wait for a slow machine.
  ssh.connection?.setMaxListeners(0);
  return ssh;
}

/** RSA keys are one type with three signature algorithms. The one with SHA-1 is left out. */
function algorithms(type: string): string[] {
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
}
