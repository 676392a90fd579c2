import { spawn } from "node:child_process";
import { cpus, totalmem } from "node:os";
import type { Inventory } from "../engine/model/inventory/index.ts";

export interface Bench {
  readonly inventory: Inventory;
  readonly file: string;
  /** How often something is repeated, if the bench does not say it itself. */
  readonly rounds?: number | undefined;
  /** Of `failover`: only these faults. */
  readonly faults?: readonly string[];
  /** Under which name the figures are kept in docs/measured/, if the benchmark can do that. */
  readonly record?: string | undefined;
}

/** Median of times in milliseconds. */
export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Times in seconds for printing, the median first: `0.98 s (0.91 0.98 1.10)`. */
export function shown(times: readonly number[]): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(2);
  return times.length === 1
    ? `${seconds(times[0] ?? 0)} s`
    : `${seconds(median(times))} s (${times.map(seconds).join(" ")})`;
}

/** Runs a command and returns its duration in milliseconds. Throws if it fails. */
export async function timed(command: string, ...args: string[]): Promise<number> {
  return (await measured(command, args)).ms;
}

/** Duration and output of a command. */
export interface Measured {
  readonly ms: number;
  readonly stdout: string;
}

/** Runs a command. If it fails, throws an error with its output. */
export function measured(command: string, args: readonly string[]): Promise<Measured> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (chunk: string) => {
        said[stream] += chunk;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve({ ms: performance.now() - began, stdout: said.stdout });
      else
        reject(
          new Error([`${command}: exit code ${code}`, said.stdout.slice(-8000), said.stderr].join("\n")),
        );
    });
  });
}

/** Describes this computer and the date, to print above figures. */
export function where(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} processors (${cpus()[0]?.model.trim()}), ${memory} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
}
