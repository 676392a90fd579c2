import type { Secret } from "../template/secret.ts";
import type { Shell } from "../template/shell.ts";
import type { HttpAnswer, HttpQuestion } from "../util/http.ts";
import type { Host, Inventory } from "./inventory/index.ts";

/** What a smoke test may use: the site as a visitor sees it, and the machines themselves. */
export interface Probe {
  readonly inventory: Inventory;
  hosts(group: string): readonly Host[];
  /** Sends a request to an address, as a visitor would. Fails after `seconds` (by default 5) of silence. */
  http(address: string, options: HttpQuestion): Promise<HttpAnswer>;
  /** Whether the address takes a TCP connection from the control machine within two seconds. */
  connects(address: string, port: number): Promise<boolean>;
  /** Runs shell on a host as root and returns its output. Throws if it exits with another code than `expect` (0). */
  run(host: Host, script: Shell, expect?: number): Promise<string>;
  secret(name: string): Secret;
  /** Repeats `attempt` until it does not throw. After `seconds` it throws the last error. */
  eventually<Value>(seconds: number, attempt: () => Promise<Value>): Promise<Value>;
}

/** One thing that is asked of the finished site. */
export interface SmokeTest {
  /** A sentence that is true if the test passes. */
  readonly name: string;
  /** Takes part of the site down for a moment. `--gentle` leaves it out. */
  readonly disturbs?: boolean;
  /** Returns what was seen, for the line of the report. Throws an Error that says what was wrong. */
  readonly run: (probe: Probe) => Promise<string>;
}
