import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { promisify } from "node:util";
import { UnreachableError } from "../util/errors.ts";

/** How the user's OpenSSH would reach a host. The meaning of each setting is in ssh_config(5). */
export interface SshConfig {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Files of private keys that exist, in order. */
  readonly keys: readonly string[];
  /** Socket of an agent, if it is not the one of `SSH_AUTH_SOCK`. */
  readonly agent?: string;
  /** Gateways to go through, the nearest first, each as [user@]host[:port]. */
  readonly jumps: readonly string[];
  /** A command whose stdin and stdout are the connection. */
  readonly proxy?: string;
  /** The user's known_hosts files that exist. */
  readonly records: readonly string[];
  /** Whether a host without a recorded key is refused, and not trusted at first sight. */
  readonly strict: boolean;
}

/**
 * Asks `ssh -G`, so that `~/.ssh/config` with its Include and Match counts exactly as it does for `ssh`. Throws
 * UnreachableError with ssh's own words if that fails.
 */
export function sshConfig(
  name: string,
  { user, port }: { user?: string | undefined; port?: number | undefined } = {},
): Promise<SshConfig> {
  const args = ["-G", ...(user ? ["-l", user] : []), ...(port ? ["-p", String(port)] : []), "--", name];
  const key = args.join(" ");
  const answer = answers.get(key) ?? ask(args);
  answers.set(key, answer);
  return answer;
}

/** The files that exist; `~` is the user's home. */
export function existing(files: readonly string[]): string[] {
  return files.map((file) => file.replace(/^~(?=\/)/, homedir())).filter((file) => existsSync(file));
}

// --- internal ---

/** Answers by question: hosts behind the same gateway ask the same one. */
const answers = new Map<string, Promise<SshConfig>>();

async function ask(args: readonly string[]): Promise<SshConfig> {
  const { stdout } = await promisify(execFile)("ssh", args, { timeout: 10_000 }).catch((error) => {
    throw new UnreachableError(
      error.code === "ENOENT"
        ? "found no ssh on this computer; expected an OpenSSH client, which reads ~/.ssh/config: install one"
        : `ssh ${args.join(" ")}: ${(error.stderr || error.message).trim()}`,
    );
  });
  return read(stdout, args.at(-1) ?? "");
}

function read(settings: string, name: string): SshConfig {
  const lines = settings.split("\n").map((line) => /^(\S+) (.*)$/.exec(line) ?? []);
  const all = (key: string) => lines.flatMap(([, found, value]) => (found === key && value ? [value] : []));
  const one = (key: string) => all(key).find((value) => value !== "none");
  const agent = agentOf(one("identityagent"));
  const proxy = one("proxycommand");
  return {
    address: one("hostname") ?? name,
    port: Number(one("port") ?? 22),
    user: one("user") ?? "",
    keys: existing(all("identityfile")),
    ...(agent !== undefined && { agent }),
    jumps: one("proxyjump")?.split(",") ?? [],
    ...(proxy !== undefined && { proxy }),
    records: existing(
      [...all("userknownhostsfile"), ...all("globalknownhostsfile")].flatMap((files) => files.split(" ")),
    ),
    strict: ["true", "yes"].includes(one("stricthostkeychecking") ?? ""),
  };
}

/** IdentityAgent is a path, or the name of the variable that holds it. */
function agentOf(setting: string | undefined): string | undefined {
  if (setting === undefined || setting === "SSH_AUTH_SOCK") return undefined;
  return setting.startsWith("$") ? process.env[setting.slice(1)] : setting.replace(/^~(?=\/)/, homedir());
}
