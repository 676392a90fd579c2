import chalk from "chalk";
import type { HostProgress, Progress } from "./progress.ts";

/** Without a terminal: so often it is said what hosts are at, in milliseconds. */
const QUIET = 10_000;
const REDRAW = 200;

/** The last lines of a terminal: what each host is at. Where there is no terminal a line in ten seconds says it. */
export class LiveLines {
  readonly #progress: Progress;
  readonly #timer: NodeJS.Timeout;
  readonly #began = Date.now();
  #drawn = 0;

  /** `tick` is called before each time. */
  constructor(progress: Progress, tick: () => void) {
    this.#progress = progress;
    const redraw = () => {
      tick();
      this.#show();
    };
    this.#timer = setInterval(redraw, process.stdout.isTTY ? REDRAW : QUIET).unref();
  }

  /** Prints a line above them. */
  print(line: string): void {
    this.#clear();
    process.stdout.write(`${line}\n`);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #show(): void {
    const hosts = this.#progress.hosts();
    if (!process.stdout.isTTY) {
      if (hosts.length > 0) process.stdout.write(`${quietLine(hosts, Date.now() - this.#began)}\n`);
      return;
    }
    this.#clear();
    // A terminal that does not know its size says zero.
    const { columns, rows } = process.stdout;
    const lines = linesOf(hosts, (rows || 24) - 2).map((line) => line.slice(0, (columns || 80) - 1));
    process.stdout.write(lines.map((line) => `${chalk.gray(line)}\n`).join(""));
    this.#drawn = lines.length;
  }

  /** Back to where they began, and all behind that is erased (ECMA-48: CPL, ED). */
  #clear(): void {
    if (this.#drawn > 0) process.stdout.write(`\u001b[${this.#drawn}F\u001b[J`);
    this.#drawn = 0;
  }
}

// --- internal ---

function linesOf(hosts: readonly HostProgress[], most: number): string[] {
  const width = Math.max(0, ...hosts.map(({ host }) => host.length));
  const counts = Math.max(0, ...hosts.map(({ count }) => count.length));
  const lines = hosts.map(
    ({ host, at, seconds, count }) => `${host.padEnd(width)}  ${count.padStart(counts)}  ${seconds} s  ${at}`,
  );
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `and ${lines.length - most + 1} more hosts`];
}

/** `after 20 s: web-01 web-02 apt[nginx] and 7 more (9 of 78); db-01 …` */
function quietLine(hosts: readonly HostProgress[], ms: number): string {
  const groups = new Map<string, string[]>();
  for (const { host, at, count } of hosts) {
    const what = count === "" ? at : `${at} (${count})`;
    groups.set(what, [...(groups.get(what) ?? []), host]);
  }
  const parts = [...groups].map(([what, names]) => `${names.join(" ")} ${what}`);
  return chalk.gray(`after ${Math.round(ms / 1000)} s: ${parts.join("; ")}`);
}
