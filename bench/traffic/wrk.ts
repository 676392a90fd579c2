import { installPackages, missingPackages } from "../../lab/packages.ts";
import { run } from "../../lab/run.ts";

const CONNECTIONS = 16;

/** What wrk has counted. */
export interface Loaded {
  readonly requests: number;
  /** Requests per second. */
  readonly rate: number;
  /** Answers that are not 2xx or 3xx, and errors of sockets. They are fast, and would distort the rate. */
  readonly failed: number;
}

/** Installs the commands that measure, if they are missing. */
export async function installTools(print: (line: string) => void): Promise<void> {
  const missing = missingPackages({ wrk: "wrk", openssl: "openssl" });
  if (missing.length > 0) await installPackages(missing, print);
}

/**
 * Asks as fast as answers come, on 16 connections from one thread: the closed loop. With `once` each request gets a
 * connection of its own.
 */
export async function load(
  url: string,
  { host, seconds, once = false }: { host: string; seconds: number; once?: boolean },
): Promise<Loaded> {
  const options = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-H", `Host: ${host}`];
  const extra = once ? ["-H", "Connection: close"] : [];
  const { stdout } = await run`wrk ${options} ${extra} ${url}`;
  const count = (pattern: RegExp) =>
    (pattern.exec(stdout)?.slice(1) ?? []).map(Number).reduce((a, b) => a + b, 0);
  return {
    requests: count(/(\d+) requests in/),
    rate: count(/Requests\/sec:\s+([\d.]+)/),
    failed:
      count(/Non-2xx or 3xx responses: (\d+)/) +
      count(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/),
  };
}
