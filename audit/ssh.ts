import type { Host } from "../engine/model/inventory/index.ts";
import { targetOf } from "../engine/ssh/target.ts";
import { type Check, type Examination, type Found, judged } from "./check.ts";
import { tool } from "./tools.ts";

/** The algorithms that each machine's SSH server offers. */
export const ssh: Check = {
  name: "ssh",
  summary: "the SSH servers offer no algorithm that ssh-audit rates as a failure",
  tools: { "ssh-audit": "ssh-audit" },
  examinations: ({ hosts }) => hosts.map(examine),
};

/** What ssh-audit reported about a server. */
export interface SshAudit {
  /** How many algorithms it reported on. */
  readonly algorithms: number;
  /** For example `(kex) ecdh-sha2-nistp256: using weak elliptic curves`. */
  readonly fails: readonly string[];
  readonly warns: readonly string[];
}

/**
 * Parses ssh-audit's batch output. The JSON output of versions before 3 lists the algorithms without rating them, so it
 * is not used.
 */
export function sshAuditOf(output: string): SshAudit {
  const lines = output.split("\n").flatMap((line) => {
    const { kind, name, level, text } = LINE.exec(line)?.groups ?? {};
    return kind && name ? [{ name: `(${kind}) ${name}`, level, text }] : [];
  });
  const of = (wanted: string) =>
    lines.filter(({ level }) => level === wanted).map(({ name, text }) => `${name}: ${text}`);
  return { algorithms: new Set(lines.map(({ name }) => name)).size, fails: of("fail"), warns: of("warn") };
}

/** Judges the report: there must be no failures. Throws if it names no algorithm at all. */
export function judgeSsh(about: string, audit: SshAudit): Found {
  const { algorithms, fails, warns } = audit;
  if (algorithms === 0) throw new Error("ssh-audit reported no algorithm");
  const warned = warns.length > 0 ? ` (${warns.join(", ")})` : "";
  return {
    about,
    ...judged(
      `${fails.length} fails, ${warns.length} warnings${warned}, ${algorithms} algorithms`,
      fails.length > 0 ? [`fails ${fails.join(", ")}`] : [],
    ),
    expected: EXPECTED,
    figures: { ...audit },
  };
}

// --- internal ---

const EXPECTED = "0 fails";

/**
 * For example `(mac) hmac-sha1 -- [warn] using weak hashing algorithm`. CVEs and recommendations are left out, because
 * they are about versions.
 */
const LINE = /^\((?<kind>kex|key|enc|mac)\) (?<name>.+?)\s+-- \[(?<level>\w+)\] (?<text>.*)$/;

function examine(host: Host): Examination {
  return {
    about: host.name,
    expected: EXPECTED,
    seconds: 120,
    run: async (signal) => {
      const { address, port, jump, proxy } = await targetOf(host);
      if (jump !== undefined || proxy !== undefined)
        return [
          {
            about: host.name,
            verdict: "left out",
            found: "it is reachable only through a gateway",
            expected: EXPECTED,
          },
        ];
      const asked = ["ssh-audit", ...(await flags(signal)), "-p", `${port}`, address];
      const { code, stdout } = await tool(asked, signal);
      if (code === 1) throw new Error(`ssh-audit: ${stdout.trim().split("\n").at(-1)}`);
      return [judgeSsh(host.name, sshAuditOf(stdout))];
    },
  };
}

/** Newer versions also test the connection rate. That is switched off, since it makes us look like an attacker. */
async function flags(signal: AbortSignal): Promise<string[]> {
  const { stdout } = await tool(["ssh-audit", "--help"], signal);
  return ["--no-colors", "--batch", ...(stdout.includes("--skip-rate-test") ? ["--skip-rate-test"] : [])];
}
