import type { Secret } from "../template/secret.ts";
import type { Shell } from "../template/shell.ts";
import type { HttpAnswer, HttpQuestion } from "../util/http.ts";
import type { Host, Inventory } from "./inventory/index.ts";

/** What a smoke test may use: the site as a visitor sees it, and the machines. */
export interface Probe {
  readonly inventory: Inventory;
  hosts(group: string): readonly Host[];
  /** Asks an address for a page of a site, as its visitors would: bounded to five seconds. */
  http(address: string, options: HttpQuestion): Promise<HttpAnswer>;
  /** Whether somebody takes a TCP connection from here within two seconds. */
  connects(address: string, port: number): Promise<boolean>;
  /** Runs shell on a host as root; answers what it printed. Throws when it exits with another code than `expect` (0). */
  run(host: Host, script: Shell, expect?: number): Promise<string>;
  secret(name: string): Secret;
  /** Repeats until it does not throw, for at most so many seconds; then throws what it last threw. */
  eventually<Value>(seconds: number, attempt: () => Promise<Value>): Promise<Value>;
}

/** One thing that a smoke test asks of a role. */
export interface SmokeTest {
  /** A sentence that is true when it passes. */
  readonly name: string;
  /** Takes part of the site away for a moment; left out by `--gentle`. */
  readonly disturbs?: boolean;
  /** Answers what was seen, for the line of the report; throws an error that says what was seen instead. */
  readonly run: (probe: Probe) => Promise<string>;
}
