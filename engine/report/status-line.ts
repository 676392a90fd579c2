import chalk from "chalk";

/** The last line of a terminal: what is being applied now, and for how long. Silent when stdout is not a terminal. */
export class Status {
  readonly #running = new Map<string, { what: string; since: number }>();
  #timer: NodeJS.Timeout | undefined;

  begin(host: string, what: string): void {
    this.#running.set(host, { what, since: Date.now() });
    if (!process.stdout.isTTY) return;
    this.#timer ??= setInterval(() => this.#draw(), 200).unref();
  }

  end(host: string): void {
    this.#running.delete(host);
  }

  /** Prints a line above the status. */
  print(line: string): void {
    if (process.stdout.isTTY && this.#timer) process.stdout.write("\r\u001b[2K");
    process.stdout.write(`${line}\n`);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#timer) process.stdout.write("\r\u001b[2K");
    this.#timer = undefined;
  }

  #draw(): void {
    const parts = [...this.#running].map(
      ([host, { what, since }]) => `${host} ${what} ${Math.round((Date.now() - since) / 1000)} s`,
    );
    const line = parts.join(" · ").slice(0, (process.stdout.columns ?? 80) - 1);
    process.stdout.write(`\r\u001b[2K${chalk.gray(line)}`);
  }
}
