import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { promisify } from "node:util";
import { UnreachableError } from "../util/errors.ts";

/** What the user's OpenSSH would do to reach a host; ssh_config(5) has the meaning of each. */
export interface SshConfig {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private keys that are there, in order. */
  readonly keys: readonly string[];
  /** Socket of an agent, when another one than `SSH_AUTH_SOCK` is meant. */
  readonly agent?: string;
  /** Hosts to go through, the nearest first, each as [user@]host[:port]. */
  readonly jumps: readonly string[];
  /** A command whose stdin and stdout are the connection. */
  readonly proxy?: string;
  /** Files with host keys that the user's OpenSSH has on record. */
  readonly records: readonly string[];
  /** A host that is not on record must not be trusted at first sight. */
  readonly strict: boolean;
}

/**
 * Asks `ssh -G`, so that `~/.ssh/config`, its Include and its Match count exactly as they do for `ssh`. Throws
 * UnreachableError with ssh's own words when it cannot read them.
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

/** Those of the files that are there; `~` is the user's home. */
export function existing(files: readonly string[]): string[] {
  return files.map((file) => file.replace(/^~(?=\/)/, homedir())).filter((file) => existsSync(file));
}

// --- internal ---

/** Hosts behind the same gateway ask the same question. */
const answers = new Map<string, Promise<SshConfig>>();

async function ask(args: readonly string[]): Promise<SshConfig> {
  const { stdout } = await promisify(execFile)("ssh", args, { timeout: 10_000 }).catch((error) => {
    throw new UnreachableError(
      error.code === "ENOENT"
        ? "found no ssh on this computer, which knows what ~/.ssh/config says; expected an OpenSSH client"
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

/** A path, or the name of the variable that holds it. */
function agentOf(setting: string | undefined): string | undefined {
  if (setting === undefined || setting === "SSH_AUTH_SOCK") return undefined;
  return setting.startsWith("$") ? process.env[setting.slice(1)] : setting.replace(/^~(?=\/)/, homedir());
}
