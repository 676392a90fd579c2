import { type ExecFileException, execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { RefusedError } from "../engine/util/errors.ts";
import { type Commands, canInstall, installPackages, missingPackages, PATH } from "../lab/packages.ts";

/** What a tool said, and how it ended. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Makes sure that these commands are here: on Debian, as root, what is missing is installed. Throws RefusedError that
 * says what to install. `say` hears what is being installed.
 */
export async function requireTools(tools: Commands, say: (line: string) => void): Promise<void> {
  const missing = missingPackages(tools);
  if (missing.length === 0) return;
  if (canInstall()) {
    await installPackages(missing, say);
    // Debian's package has this computer audited every day from then on, which nobody asked for.
    if (missing.includes("lynis"))
      execFile("systemctl", ["disable", "--now", "lynis.timer"], () => undefined);
    return;
  }
  const cure = existsSync("/usr/bin/apt-get")
    ? `sudo apt-get install ${missing.join(" ")}`
    : `install what Debian calls ${missing.join(", ")}, or leave checks out with --only`;
  throw new RefusedError(`the audit asks with tools that are not on this computer: ${cure}`);
}

/**
 * Runs a tool to its end, whatever exit code that has. When the signal fires it is killed, and so it is when this
 * process exits. No shell between them: a signal to a shell would not reach the tool.
 */
export function tool([command = "", ...args]: readonly string[], signal: AbortSignal): Promise<Said> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: PATH.join(delimiter), LC_ALL: "C.UTF-8" };
    const options = { env, signal, killSignal: "SIGKILL", maxBuffer: 2 ** 26 } as const;
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      process.removeListener("exit", kill);
      const code = codeOf(error);
      if (signal.aborted) reject(new Error("interrupted"));
      else if (code === undefined) reject(new Error(`${command}: ${error?.message}`));
      else resolve({ code, stdout, stderr });
    });
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    child.stdin?.end();
  });
}

// --- internal ---

/** Undefined when there was no process, or a signal ended it. */
function codeOf(error: ExecFileException | null): number | undefined {
  if (error === null) return 0;
  return typeof error.code === "number" ? error.code : undefined;
}
