import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Resource, role } from "../../engine/index.ts";
import { type HostPlan, hostPlanFor } from "../../engine/plan/host-plan.ts";
import { compile, type Mode, programOf } from "../../engine/program/compile.ts";
import { parseSignal, type Signal } from "../../engine/program/protocol.ts";
import { BOOT, packed } from "../../engine/ssh/connection.ts";
import { bare } from "../../engine/template/shell.ts";
import { testInputs } from "./plan-inputs.ts";
import type { Sandbox } from "./sandbox.ts";
import type { ShellName } from "./shells.ts";

export interface Options {
  /** @default "dash" */
  readonly shell?: ShellName;
  /** @default "apply" */
  readonly mode?: Mode["mode"];
  readonly who?: string;
  /** Called with each signal of the program. If it returns "kill", the program and all that it started are killed. */
  readonly onSignal?: (signal: Signal) => "kill" | undefined;
  /** Stops reading the program's output for good after this signal. */
  readonly deafAfter?: string;
  /**
   * The control machine's answer to a trial, where the program asks it to connect again. With "hangs up" it closes the
   * connection without an answer. @default "yes"
   */
  readonly trial?: "yes" | "no" | "hangs up";
  /** Starts the program with SIGPIPE ignored, as it inherits that from some parents. */
  readonly ignoresPipe?: boolean;
  /** Sends only this share of the program and hangs up: 0.5 is half of it. @default 1 */
  readonly part?: number;
  /** Shell that runs right before the program's main, when all its functions are defined. */
  readonly before?: string;
}

export interface Outcome {
  readonly code: number | null;
  readonly signals: readonly Signal[];
  readonly stderr: string;
  /** One line for each signal, with resources and handlers by name: `changed file[/etc/motd]`. */
  readonly said: readonly string[];
  /** All longer texts of the program: diffs, reasons and outputs. */
  readonly text: string;
}

/** The host plan of a host with one role that has these resources. */
export function hostPlanOf(resources: readonly Resource[]): HostPlan {
  const only = role("test", { summary: "", vars: z.object({}), resources: () => resources })();
  const given = testInputs();
  return hostPlanFor(given.inventory.hosts[0] as never, [only], given);
}

/** Compiles resources and runs the program in a sandbox. The program arrives on stdin, as it does on a host. */
export async function runProgram(
  sandbox: Sandbox,
  wanted: readonly Resource[] | HostPlan,
  options: Options = {},
): Promise<Outcome> {
  const {
    shell = "dash",
    mode = "apply",
    who = "a test",
    before,
    onSignal,
    deafAfter,
    trial = "yes",
    part = 1,
    ignoresPipe = false,
  } = options;
  const hostPlan = "handlers" in wanted ? wanted : hostPlanOf(wanted);
  const compiled = programOf(compile(hostPlan), { mode, who }).reveal();
  const source = before === undefined ? compiled : compiled.replace(/main$/, () => `${before}\nmain`);
  const child = sandbox.spawn([
    ...(ignoresPipe ? DEAF_TO_PIPE : []),
    ...shell.split(" "),
    "-c",
    BOOT,
    MARKER,
  ]);
  const signals: Signal[] = [];
  let rest = "";
  let stderr = "";

  child.stdin.on("error", () => undefined);
  const sent = packed(bare(source));
  child.stdin.write(sent.subarray(0, Math.floor(sent.length * part)));
  if (part < 1) child.stdin.end();
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((one) => one !== "" && one !== MARKER)) {
      const signal = parseSignal(line);
      if (!signal) throw new Error(`the program printed a line that is no signal: ${line}`);
      signals.push(signal);
      if (describe(signal, hostPlan, sandbox.host) === deafAfter) child.stdout.destroy();
      const blob = signal.word === "need" && hostPlan.resources[signal.n]?.resource.blob;
      if (blob) child.stdin.write(readFileSync(blob.file));
      if (signal.word === "trial" && trial === "hangs up") child.stdin.end();
      else if (signal.word === "trial") child.stdin.write(`${trial}\n`);
      if (onSignal?.(signal) === "kill") process.kill(-(child.pid as number), "SIGKILL");
    }
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const said = signals.map((signal) => describe(signal, hostPlan, sandbox.host));
  const text = signals.map((signal) => ("text" in signal ? signal.text : "")).join("\n");
  return { code, signals, stderr, said, text };
}

// --- internal ---

const MARKER = "marker";

const DEAF_TO_PIPE = ["sh", "-c", "trap '' PIPE; exec \"$@\"", "sh"];

const HANDLERS = ["handler-due", "handler-start", "handler-done", "handler-failed"];

function describe(signal: Signal, { resources, handlers }: HostPlan, folder: string): string {
  if (!("n" in signal)) return signal.word;
  const nameOf = (n: number) => resources[n]?.resource.id.replace(`${folder}/`, "");
  const name = HANDLERS.includes(signal.word) ? handlers[signal.n]?.handler.name : nameOf(signal.n);
  const more =
    signal.word === "failed"
      ? ` ${signal.phase} ${signal.code}`
      : signal.word === "unknown"
        ? ` waits for ${nameOf(signal.waitsFor)}`
        : signal.word === "skipped"
          ? ` because ${nameOf(signal.because)}`
          : "";
  return `${signal.word} ${name}${more}`;
}
