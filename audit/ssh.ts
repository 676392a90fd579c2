import type { Host } from "../engine/model/inventory/index.ts";
import { targetOf } from "../engine/ssh/target.ts";
import { type Check, type Examination, type Found, judged } from "./check.ts";
import { tool } from "./tools.ts";

/** What every machine's SSH server offers. */
export const ssh: Check = {
  name: "ssh",
  summary: "no algorithm of the SSH servers is one that ssh-audit fails",
  tools: { "ssh-audit": "ssh-audit" },
  examinations: ({ hosts }) => hosts.map(examine),
};

/** What ssh-audit says of a server, counted. */
export interface SshAudit {
  /** Algorithms that it knows something of. */
  readonly algorithms: number;
  /** `(kex) ecdh-sha2-nistp256: using weak elliptic curves`. */
  readonly fails: readonly string[];
  readonly warns: readonly string[];
}

/**
 * Reads ssh-audit's batch output. Its JSON is as good only since version 3: before that it lists algorithms, and says
 * nothing of what it thinks of them.
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

/** What that means. */
export function judgeSsh(about: string, audit: SshAudit): Found {
  const { algorithms, fails, warns } = audit;
  if (algorithms === 0) throw new Error("ssh-audit says nothing of any algorithm");
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

/** `(mac) hmac-sha1 -- [warn] using weak hashing algorithm`; CVEs and recommendations are about versions. */
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
          { about: host.name, verdict: "left out", found: "only a gateway reaches it", expected: EXPECTED },
        ];
      const asked = ["ssh-audit", ...(await flags(signal)), "-p", `${port}`, address];
      const { code, stdout } = await tool(asked, signal);
      if (code === 1) throw new Error(`ssh-audit: ${stdout.trim().split("\n").at(-1)}`);
      return [judgeSsh(host.name, sshAuditOf(stdout))];
    },
  };
}

/** Newer ones also try how many connections a server takes a second: it would take this computer for an attacker. */
async function flags(signal: AbortSignal): Promise<string[]> {
  const { stdout } = await tool(["ssh-audit", "--help"], signal);
  return ["--no-colors", "--batch", ...(stdout.includes("--skip-rate-test") ? ["--skip-rate-test"] : [])];
}
