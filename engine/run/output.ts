import type { Shell } from "../template/shell.ts";
import { FailedError } from "../util/errors.ts";
import type { Runner } from "./session.ts";

/**
 * Runs shell as root on a host and answers what it printed. Throws FailedError if it ends with another exit code than
 * `expect` (0), and UnreachableError if the connection is lost or the host says nothing for a minute.
 */
export async function outputOf(runner: Runner, host: string, script: Shell, expect = 0): Promise<string> {
  const printed: string[] = [];
  const print = (line: string) => printed.push(Buffer.from(line, "latin1").toString());
  const { code, stderr } = await runner.run(script, print, { idleTimeout: PATIENCE });
  if (code === expect) return printed.join("\n");
  const said = [...printed, stderr].join(" ").trim();
  throw new FailedError(`${host}: exit code ${code} instead of ${expect}: ${said}`);
}

// --- internal ---

/** How long a host may take for a question, in milliseconds. */
const PATIENCE = 60_000;
