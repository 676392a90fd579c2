import type { Target } from "./target.ts";

/** An error of ssh2 or the system. If the key could not be read, the login was never tried and `level` is missing. */
export interface LoginFailure {
  readonly level?: string;
  readonly code?: string;
  readonly message: string;
}

/** Whether this key was not tried: it is encrypted, damaged or not ours to read, or the agent is gone. */
export function isUnreadable({ level, code }: LoginFailure): boolean {
  return level === "agent" || (level === undefined && code !== "ETIMEDOUT");
}

/** Whether the server closed the connection before it said who it is. */
export function wasTurnedAway({ level, code, message }: LoginFailure): boolean {
  return (
    message === "Connection lost before handshake" || (level === "client-socket" && code === "ECONNRESET")
  );
}

/** Message if there is no key to try. */
export function noKey({ user }: Target, name: string): string {
  return `no private key for ${user}@${name}: is the machine up (vagrant up, or npm run lab -- up)? Otherwise name one in the inventory: ssh: { key: ~/.ssh/id_ed25519 }`;
}

/** Message if the user's own settings (StrictHostKeyChecking) do not let us trust a host at first sight. */
export function notOnRecord(name: string): string {
  return `${name} is not in your known_hosts, and your SSH settings (StrictHostKeyChecking) trust no host at first sight; expected its host key there: run ssh ${name} once, and compare the fingerprint`;
}

export function changedKey(name: string, file: string): string {
  return [
    `${name} shows another host key than the one in ${file}.`,
    "If the machine was rebuilt (vagrant destroy, a reinstallation), forget the old key:",
    `  npm run ssh -- --forget ${name}`,
    "and run again. If it was not, someone may be answering in its place: find out before you go on.",
  ].join("\n");
}

export function describe(failure: LoginFailure, name: string, patience: number): string {
  const { level, code, message } = failure;
  if (wasTurnedAway(failure))
    return `${name} closes connections before it says who it is, for ${patience / 1000} s now: is that no SSH server, do too many log in at once (MaxStartups), or is this address blocked after failed logins (PerSourcePenalties)?`;
  if (level === "client-timeout")
    return `${name} takes connections, but does not answer as an SSH server within ${patience / 1000} s`;
  return `${name}: ${CAUSES[code ?? ""] ?? message}`;
}

export function noKeyFits(
  { keys, user }: Target,
  name: string,
  refused: boolean,
  unreadable: readonly string[],
): string {
  const unread =
    unreadable.length > 0 && `could not read ${unreadable.join(", ")}: ssh-add it, or name another`;
  if (!refused) return `no private key for ${user}@${name}: ${unread}`;
  const tried = keys.length > 0 ? keys.join(", ") : "the SSH agent's keys";
  return `${name} refuses ${user} with ${tried}; expected one of these keys in that user's authorized_keys. Name another with ssh: { key: … } in the inventory${unread ? ` (${unread})` : ""}`;
}

// --- internal ---

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens on its SSH port; is it still booting?",
  EHOSTUNREACH: "no route to it; is it running (vagrant status, npm run lab -- status)?",
  ENETUNREACH: "no route to its network; is it running (vagrant status, npm run lab -- status)?",
  ETIMEDOUT: "it does not answer; is it running (vagrant status, npm run lab -- status)?",
  ENOTFOUND: "its name has no address",
};
