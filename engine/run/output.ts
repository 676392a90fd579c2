import type { Host } from "../model/inventory/index.ts";
import type { Shell } from "../template/shell.ts";
import { FailedError } from "../util/errors.ts";
import { patienceOf } from "./patience.ts";
import type { Runner } from "./session.ts";

/**
 * Runs shell as root on a host and answers what it printed. Throws FailedError if it ends with another exit code than
 * `expect` (0), and UnreachableError if the connection is lost or the host says nothing for a minute,
 * or for as long as its inventory allows.
 */
export async function outputOf(runner: Runner, host: Host, script: Shell, expect = 0): Promise<string> {
  const printed: string[] = [];
  const print = (line: string) => printed.push(Buffer.from(line, "latin1").toString());
  const { code, stderr } = await runner.run(script, print, { idleTimeout: patienceOf(host, PATIENCE) });
  if (code === expect) return printed.join("\n");
  const said = [...printed, stderr].join(" ").trim();
  throw new FailedError(`${host.name}: exit code ${code} instead of ${expect}: ${said}`);
}

// --- internal ---

/** How long any host may take for a question, in seconds. */
const PATIENCE = 60;
