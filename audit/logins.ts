import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../engine/model/inventory/index.ts";
import { KnownHosts } from "../engine/ssh/known-hosts.ts";
import { type Target, targetOf } from "../engine/ssh/target.ts";
import type { Check, Examination, Found } from "./check.ts";
import { mysqlLogins } from "./mysql.ts";
import { tool } from "./tools.ts";

/** Tries logins that must be refused, with the usual client programs. */
export const logins: Check = {
  name: "logins",
  summary: "nobody can log in as root, with a password, or to MySQL from the wrong place",
  tools: { ssh: "openssh-client" },
  examinations: (subject) => [
    ...subject.hosts.flatMap((host) => [asRoot(host), byPassword(host)]),
    ...mysqlLogins(subject),
  ],
};

/** If the server refused the login: the authentication methods that it offers, from ssh's stderr. */
export function refusalIn(stderr: string): string[] | undefined {
  return /Permission denied \(([^)]*)\)/.exec(stderr)?.[1]?.split(",").filter(Boolean);
}

/** Whether the server closed the connection before authentication. A server that counts failed logins does that. */
export const isTurnedAway = (stderr: string) =>
  /Not allowed at this time|(Connection (closed|reset) by|kex_exchange_identification)/.test(stderr) &&
  refusalIn(stderr) === undefined;

/** Judges the result of a login. It must be refused. With `methods`, the server must offer exactly these. */
export function judgeLogin(
  about: string,
  expected: string,
  { code, stderr }: { readonly code: number; readonly stderr: string },
  methods?: readonly string[],
): Found {
  const offered = refusalIn(stderr);
  const said = stderr.trim().split("\n").at(-1) ?? "";
  const isGood =
    code !== 0 && offered !== undefined && (methods === undefined || offered.join() === methods.join());
  return {
    about,
    verdict: isGood ? "ok" : "bad",
    found: code === 0 ? "logged in" : offered ? `refused; ${offered.join(", ") || "nothing"} offered` : said,
    expected,
    figures: { code, offered },
  };
}

// --- internal ---

/** If a server turns this computer away, how long to try again, in milliseconds. */
const PATIENCE = 90_000;
const SECONDS = 150;

function asRoot(host: Host): Examination {
  const about = `SSH to ${host.name} as root, with the project's key`;
  const expected = "refused";
  return {
    about,
    expected,
    seconds: SECONDS,
    run: async (signal) => {
      const target = await targetOf(host);
      const why =
        unreachable(target) ??
        (target.user === "root" ? "the inventory itself logs in as root" : undefined) ??
        (target.keys.length === 0 ? "the key is in an SSH agent, not in a file" : undefined);
      if (why !== undefined) return [{ about, verdict: "left out", found: why, expected }];
      const own = ["-o", "IdentitiesOnly=yes", ...target.keys.flatMap((key) => ["-i", key])];
      return [judgeLogin(about, expected, await knockAt({ ...target, user: "root" }, own, signal))];
    },
  };
}

/** In batch mode ssh does not prompt for a password. It fails and prints the methods that the server offers. */
function byPassword(host: Host): Examination {
  const about = `SSH to ${host.name} with a password`;
  const expected = "refused; publickey offered";
  return {
    about,
    expected,
    seconds: SECONDS,
    run: async (signal) => {
      const target = await targetOf(host);
      const why = unreachable(target);
      if (why !== undefined) return [{ about, verdict: "left out", found: why, expected }];
      const passwords = "PreferredAuthentications=password,keyboard-interactive";
      const options = ["-o", "PubkeyAuthentication=no", "-o", passwords];
      return [judgeLogin(about, expected, await knockAt(target, options, signal), ["publickey"])];
    },
  };
}

const unreachable = ({ jump, proxy }: Target) =>
  jump !== undefined || proxy !== undefined ? "it is reachable only through a gateway" : undefined;

async function knockAt({ user, address, port }: Target, options: readonly string[], signal: AbortSignal) {
  const end = Date.now() + PATIENCE;
  const settings = [
    `UserKnownHostsFile=${new KnownHosts().file}`,
    ...["StrictHostKeyChecking=accept-new", "HashKnownHosts=no", "BatchMode=yes", "ConnectTimeout=10"],
    "IdentityAgent=none",
  ].flatMap((setting) => ["-o", setting]);
  const command = [
    "ssh",
    "-F",
    "none",
    ...settings,
    ...options,
    "-p",
    `${port}`,
    `${user}@${address}`,
    "true",
  ];
  for (;;) {
    const said = await tool(command, signal);
    if (!isTurnedAway(said.stderr) || Date.now() > end) return said;
    await sleep(5000, undefined, { signal });
  }
}
