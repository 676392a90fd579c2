import { type ExecFileException, execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { RefusedError } from "../engine/util/errors.ts";
import { type Commands, canInstall, installPackages, missingPackages, PATH } from "../lab/packages.ts";

/** A tool's output and exit code. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Makes sure that these commands exist here. On Debian, as root, installs what is missing, and `say` gets a line about
 * it. Otherwise throws a RefusedError that tells what to install.
 */
export async function requireTools(tools: Commands, say: (line: string) => void): Promise<void> {
  const missing = missingPackages(tools);
  if (missing.length === 0) return;
  if (canInstall()) {
    await installPackages(missing, say);
    // Debian's package enables a daily audit of this computer, which nobody asked for.
    if (missing.includes("lynis"))
      execFile("systemctl", ["disable", "--now", "lynis.timer"], () => undefined);
    return;
  }
  const cure = existsSync("/usr/bin/apt-get")
    ? `sudo apt-get install ${missing.join(" ")}`
    : `install the same as Debian's packages ${missing.join(", ")}, or choose other checks with --only`;
  throw new RefusedError(`the audit needs tools that this computer lacks: ${cure}`);
}

/**
 * Runs a tool to its end, whatever its exit code. Kills it if the signal fires or this process exits. There is no shell
 * in between, because a signal to a shell would not reach the tool.
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

/** The exit code. Undefined if the process did not start, or if a signal ended it. */
function codeOf(error: ExecFileException | null): number | undefined {
  if (error === null) return 0;
  return typeof error.code === "number" ? error.code : undefined;
}
