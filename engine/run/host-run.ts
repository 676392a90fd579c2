import { readFile } from "node:fs/promises";
import { type CompiledPlan, type Mode, programOf } from "../program/compile.ts";
import { parseSignal, type Signal } from "../program/protocol.ts";
import type { Connection, Feed } from "../ssh/connection.ts";
import { redact, type Secret } from "../template/secret.ts";
import type { HostResult, RunEvent } from "./events.ts";
import { type Counts, NONE } from "./outcome.ts";
import type { Session } from "./session.ts";

type Report = (event: RunEvent) => void;
type Status = "ok" | "changed" | "unknown" | "failed";

/** Runs one host's host plan over its connection and reports what happens as it happens. */
export class HostRun {
  readonly #host: string;
  readonly #hostPlan: CompiledPlan;
  readonly #report: Report;
  readonly #secrets: readonly Secret[];
  readonly #status = new Map<number, Status>();
  readonly #began = new Map<number, number>();
  /** Handlers whose marks are on the host, and which its host plan does not have. */
  left: readonly string[] = [];
  /** Handlers that ran, or would. */
  #handlers = 0;
  #finished = false;
  #failed = false;

  constructor(host: string, hostPlan: CompiledPlan, secrets: Iterable<Secret>, report: Report) {
    this.#host = host;
    this.#hostPlan = hostPlan;
    this.#secrets = [...secrets];
    this.#report = report;
  }

  /**
   * Answers how it ended. `connection` is for what is asked beside the program. Rejects with UnreachableError when the
   * connection is lost, or when `silence` ms pass in silence.
   */
  async run(
    session: Session,
    connection: Connection,
    mode: Mode,
    silence: number,
  ): Promise<HostResult["outcome"]> {
    const hear = (line: string, feed: Feed) => {
      const signal = parseSignal(line);
      if (signal?.word === "trial") void answerTrial(connection, feed);
      else if (signal) this.#hear(signal, feed);
    };
    const program = programOf(this.#hostPlan, mode);
    const { code, stderr, before } = await session.run(program, hear, { idleTimeout: silence });
    const greeting = session.greeting();
    if (greeting !== "") this.#report({ type: "greeting", host: this.#host, text: this.#clean(greeting) });
    if (this.#finished && !this.#failed) return "done";
    if (this.#failed) return "failed";
    await this.#explain(connection, code, [before, stderr].filter(Boolean).join("\n"));
    return "refused";
  }

  /** Results so far; what has none was skipped. */
  counts(): Counts {
    const counts = { ...NONE };
    this.#hostPlan.resources.forEach((_, n) => {
      counts[this.#status.get(n) ?? "skipped"]++;
    });
    counts.changed += this.#handlers;
    return counts;
  }

  #hear(signal: Exclude<Signal, { word: "trial" }>, feed: Feed): void {
    switch (signal.word) {
      case "ok":
      case "changed":
      case "unknown":
      case "failed":
        this.#settle(signal);
        break;
      case "skipped":
        this.#report({ type: "skipped", ...this.#at(signal.n), because: this.#causeOf(signal.because) });
        break;
      case "start":
        this.#began.set(signal.n, Date.now());
        this.#report({ type: "start", ...this.#at(signal.n) });
        break;
      case "waiting":
        this.#report({ type: "waiting", ...this.#at(signal.n), reason: this.#clean(signal.text).trim() });
        break;
      case "need":
        void this.#send(signal.n, feed);
        break;
      case "handler-due":
        this.#handlers++;
        this.#handler(signal.n, "due", signal.text);
        break;
      case "handler-start":
        this.#began.set(HANDLER, Date.now());
        break;
      case "handler-done":
        this.#handlers++;
        this.#handler(signal.n, "done", signal.text);
        break;
      case "handler-failed":
        this.#failed = true;
        this.#handler(signal.n, "failed", signal.text);
        break;
      case "left":
        this.left = signal.text.trim().split(" ").map(decodeURIComponent);
        break;
      case "finished":
        this.#finished = true;
    }
  }

  #settle(signal: Extract<Signal, { word: Status }>): void {
    this.#status.set(signal.n, signal.word);
    const at = this.#at(signal.n);
    if (signal.word === "ok") this.#report({ type: "ok", ...at });
    if (signal.word === "changed")
      this.#report({ type: "changed", ...at, diff: this.#clean(signal.text), ms: this.#since(signal.n) });
    if (signal.word === "unknown")
      this.#report({ type: "unknown", ...at, waitsFor: this.#at(signal.waitsFor).resource });
    if (signal.word === "failed") {
      this.#failed = true;
      this.#report({
        type: "failed",
        ...at,
        phase: signal.phase,
        code: signal.code,
        output: this.#clean(signal.text),
      });
    }
  }

  /** Sends as many bytes as were announced, whatever has become of the file: the host compares their hash. */
  async #send(n: number, feed: Feed): Promise<void> {
    const blob = this.#hostPlan.resources[n]?.resource.blob;
    if (!blob) return;
    const content = await readFile(blob.file).catch(() => Buffer.alloc(0));
    feed(Buffer.concat([content], blob.size));
  }

  #handler(h: number, status: "due" | "done" | "failed", output: string): void {
    const { role, handler } = this.#hostPlan.handlers[h] ?? { role: "", handler: { name: String(h) } };
    this.#report({
      type: "handler",
      host: this.#host,
      role,
      handler: handler.name,
      status,
      output: this.#clean(output),
      ms: this.#since(HANDLER),
    });
  }

  async #explain(connection: Connection, code: number, stderr: string): Promise<void> {
    const began = this.#status.size > 0;
    const notRoot = began ? undefined : await connection.whyNotRoot();
    const said = stderr ? `:\n${this.#clean(stderr).trim()}` : "";
    const problem = notRoot ?? `the program ended early with exit code ${code}${said}`;
    this.#report({ type: "refused", host: this.#host, problem });
  }

  #at(n: number): { host: string; role: string; resource: string } {
    const { role, resource } = this.#hostPlan.resources[n] ?? { role: "", resource: { id: String(n) } };
    return { host: this.#host, role, resource: resource.id };
  }

  #causeOf(n: number): string {
    return this.#hostPlan.resources[n]?.resource.id ?? "a handler of its role";
  }

  #since(n: number): number {
    const began = this.#began.get(n);
    return began === undefined ? 0 : Date.now() - began;
  }

  #clean(text: string): string {
    return redact(text, this.#secrets);
  }
}

// --- internal ---

/** Whether the host can still be reached by somebody who comes anew, as the next run will. */
async function answerTrial(connection: Connection, feed: Feed): Promise<void> {
  feed(Buffer.from((await connection.tryLogin()) ? "yes\n" : "no\n"));
}

/** Where the time of the running handler is kept, among the resources' numbers. */
const HANDLER = -1;
