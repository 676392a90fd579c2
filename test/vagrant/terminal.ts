import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import chalk from "chalk";
import { FailedError } from "../../engine/util/errors.ts";

/** One command line, its duration and its output. */
export interface Typed {
  readonly line: string;
  readonly seconds: number;
  readonly output: string;
}

/** Runs command lines as a user would type them. Shows their output and writes it to a transcript. */
export class Terminal {
  readonly typed: Typed[] = [];
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #transcript: string;

  constructor(directory: string, env: NodeJS.ProcessEnv, transcript: string) {
    this.#directory = directory;
    this.#env = env;
    this.#transcript = transcript;
    writeFileSync(transcript, "");
  }

  /** Runs a line and returns its output. Throws a FailedError if the exit code is not the expected one. */
  async type(line: string, { exitCode = 0 } = {}): Promise<string> {
    console.log(chalk.bold(`\n$ ${line}`));
    appendFileSync(this.#transcript, `$ ${line}\n`);
    const began = Date.now();
    const { code, output } = await this.#run(line);
    const seconds = (Date.now() - began) / 1000;
    this.typed.push({ line, seconds, output });
    const end = `# ${seconds.toFixed(1)} s${code === 0 ? "" : `, exit code ${code}`}`;
    console.log(chalk.dim(end));
    appendFileSync(this.#transcript, `${end}\n\n`);
    if (code !== exitCode)
      throw new FailedError(`$ ${line}\nended with exit code ${code}; expected ${exitCode}`);
    return output;
  }

  #run(line: string): Promise<{ code: number | null; output: string }> {
    const child = spawn("bash", ["-c", `exec 2>&1\n${line}`], {
      cwd: this.#directory,
      env: this.#env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const text = readable(chunk.toString());
      output += text;
      process.stdout.write(text);
      appendFileSync(this.#transcript, text);
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, output }));
    });
  }
}

// --- internal ---

/** Removes terminal codes. Progress bars overwrite themselves, so only their last state is kept. */
function readable(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\n]*\r(?!\n)/g, "");
}
