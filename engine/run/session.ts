import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../model/inventory/index.ts";
import { parseSignal } from "../program/protocol.ts";
import { type Instruction, SILENCE, sessionOf } from "../program/session.ts";
import { type Connection, compressed, type Ended, type Feed, type OnLine } from "../ssh/connection.ts";
import { idleTimeout } from "../ssh/idle-timeout.ts";
import type { Shell } from "../template/shell.ts";
import { patienceOf } from "./patience.ts";

/** Something that can run programs on a host: a session, or a connection. */
export type Runner = Pick<Connection, "run">;

/** Told that another run has the host: `busy` before the wait for it, `locked` when that was in vain. */
export type OnHolder = (word: "busy" | "locked", holder: string) => void;

/**
 * One exec on a host for a whole run: it holds the lock of the host, and runs programs one after the other. If it hears
 * nothing for a while it ends, so a run that was killed or cut off keeps no lock.
 */
export class Session implements Runner {
  readonly #exec: Promise<Ended>;
  #feed: Feed = () => undefined;
  #hangUp: () => void = () => undefined;
  #marker = "";
  /** Who hears the lines of the host now. Nobody does between instructions. */
  #hear: OnLine | undefined;
  #before = "";
  #stderr = "";
  /** Why it cannot be asked any more: the host was silent for too long, and may still do what it was told. */
  #broken: Error | undefined;
  readonly #patience: number;

  /**
   * Begins it. Another run that finds the host locked is told `who`. What needs no work may take the host as long as its
   * inventory allows, and at least twenty seconds.
   */
  constructor(connection: Runner, host: Host, who: string) {
    this.#patience = patienceOf(host, PATIENCE);
    this.#exec = connection.run(sessionOf(who), (line, feed) => this.#hear?.(line, feed), {
      onStart: ({ feed, hangUp, marker }) => {
        this.#feed = feed;
        this.#hangUp = hangUp;
        this.#marker = marker;
      },
      onBegin: (before) => {
        this.#before = before;
      },
      onStderr: (text) => {
        this.#stderr += text;
      },
    });
    const alive = setInterval(() => this.#hear ?? this.#instruct("alive"), (SILENCE * 1000) / 4).unref();
    this.#exec.catch(() => undefined).finally(() => clearInterval(alive));
  }

  /**
   * Takes the lock of the host, for which it waits so many seconds, and answers whether it has it; undefined if the session
   * has ended by itself, because the user cannot become root. Rejects with UnreachableError as `run` does.
   */
  async lock(seconds: number, onHolder: OnHolder): Promise<boolean | undefined> {
    const hear = (line: string) => {
      const signal = parseSignal(line);
      if (signal?.word === "busy" || signal?.word === "locked") onHolder(signal.word, signal.text);
      return signal?.word === "held" || signal?.word === "locked" ? signal.word : undefined;
    };
    const answer = await this.#ask(`lock ${seconds}`, hear, seconds * 1000 + this.#patience);
    return typeof answer === "string" ? answer === "held" : undefined;
  }

  /** Gives the lock back. */
  free(): void {
    this.#instruct("free");
  }

  /** As Connection.run. If the session ends by itself, that is how the program ended, too. */
  run: Runner["run"] = async (program, onLine, { idleTimeout: silence = Number.POSITIVE_INFINITY } = {}) => {
    const from = this.#stderr.length;
    const hear = (line: string, feed: Feed) => {
      const signal = parseSignal(line);
      if (signal?.word === "ended") return signal.code;
      onLine(line, feed);
    };
    const content = compressed(program as Shell);
    const code = await this.#ask(`run ${content.length}`, hear, silence, content);
    if (typeof code !== "number") return code;
    if (code !== 0) await sleep(STDERR_IS_LATE);
    return { code, stderr: this.#stderr.slice(from), before: "" };
  };

  /** What the host printed when the session began, such as the greeting of a `.bashrc`. Told once. */
  greeting(): string {
    const before = this.#before;
    this.#before = "";
    return before;
  }

  /** Ends the session. Then the lock is free. */
  async end(): Promise<void> {
    this.#feed = () => undefined;
    this.#hangUp();
    await Promise.race([this.#exec.catch(() => undefined), sleep(FAREWELL, undefined, { ref: false })]);
  }

  #instruct(instruction: Instruction, content: Buffer = Buffer.alloc(0)): void {
    this.#feed(Buffer.concat([Buffer.from(`${this.#marker} ${instruction}\n`), content]));
  }

  /** Gives an instruction, and hears the host until `hear` has an answer or the session ends. */
  async #ask<Answer>(
    instruction: Instruction,
    hear: (line: string, feed: Feed) => Answer | undefined,
    silence: number,
    content?: Buffer,
  ): Promise<Answer | Ended> {
    if (this.#broken) throw this.#broken;
    const idle = idleTimeout(silence);
    idle.expired.catch((error: Error) => {
      this.#broken = error;
    });
    const answered = new Promise<Answer>((resolve) => {
      this.#hear = (line, feed) => {
        idle.reset();
        const answer = hear(line, feed);
        if (answer !== undefined) resolve(answer);
      };
    });
    this.#instruct(instruction, content);
    return Promise.race([answered, this.#exec, idle.expired]).finally(() => {
      idle.stop();
      this.#hear = undefined;
    });
  }
}

// --- internal ---

/** How long any host may take to answer what needs no work, in seconds. */
const PATIENCE = 20;

/** How long a session may take to end, in milliseconds. One that works on does so without us. */
const FAREWELL = 3_000;

/** How long the last words on stderr may come behind the exit code, in milliseconds. */
const STDERR_IS_LATE = 100;
