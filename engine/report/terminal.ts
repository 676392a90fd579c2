import chalk from "chalk";
import type { HostResult, RunEvent } from "../run/events.ts";
import { Status } from "./status-line.ts";

export interface ReporterOptions {
  /** Show unified diffs. */
  readonly diff: boolean;
  /** Show what is ok, too. */
  readonly verbose: boolean;
}

type Printers = { [Type in RunEvent["type"]]: (event: Extract<RunEvent, { type: Type }>) => void };
type Change = Extract<RunEvent, { type: "changed" | "unknown" | "handler" }>;

/** Prints a run for people: a line a change as it happens, diffs grouped by hosts that share them, a recap. */
export function terminalReporter({ diff, verbose }: ReporterOptions): (event: RunEvent) => void {
  const status = new Status();
  const changes: Change[] = [];
  const warnings: string[] = [];
  let mode: "check" | "apply" = "apply";
  let width = 8;

  const print = (line = "") => status.print(line);
  const row = (host: string, word: string, what: string) => print(`${host.padEnd(width)}  ${word}  ${what}`);
  const live = (event: Change) => {
    changes.push(event);
    if (mode === "apply") row(event.host, ...lineOf(event, mode));
  };

  const printers: Printers = {
    begin: (event) => {
      mode = event.mode;
      width = Math.max(8, ...event.hosts.map((host) => host.length));
      print(
        chalk.bold(
          `${mode === "check" ? "Plan" : "Run"} of ${event.inventory}: ${event.roles.join(", ")} on ${event.hosts.length} hosts`,
        ),
      );
    },
    notice: (event) => print(chalk.gray(event.text)),
    // Last of all, or it would be far above the recap.
    warning: (event) => warnings.push(event.text),
    connected: (event) => verbose && row(event.host, chalk.gray("here     "), chalk.gray(`${event.ms} ms`)),
    unreachable: (event) => block(event.host, "unreachable", event.problem),
    lost: (event) => block(event.host, "lost", event.problem),
    refused: (event) => block(event.host, "failed", event.problem),
    busy: (event) => row(event.host, chalk.yellow("waits    "), `for another run: ${event.holder}`),
    locked: (event) =>
      block(
        event.host,
        "locked",
        `another run holds this host: ${event.holder}\nWait for it to end, or give it time with --lock-wait SECONDS.`,
      ),
    start: (event) => status.begin(event.host, event.resource),
    waiting: (event) => row(event.host, chalk.yellow("waits    "), `${event.resource}: ${event.reason}`),
    ok: (event) => verbose && row(event.host, chalk.green("ok       "), event.resource),
    changed: (event) => {
      status.end(event.host);
      live(event);
    },
    unknown: live,
    handler: (event) => {
      if (event.status === "failed") block(event.host, "failed", `handler ${event.handler}\n${event.output}`);
      else live(event);
    },
    failed: (event) =>
      block(
        event.host,
        "failed",
        `${event.role} › ${event.resource}: ${PHASES[event.phase]} (exit code ${event.code})\n${event.output}`,
      ),
    skipped: () => undefined,
    end: (event) => {
      status.stop();
      if (mode === "check" || diff) grouped(changes, mode, diff).forEach(print);
      recap(event.hosts, event.ms, mode, width).forEach(print);
      for (const text of warnings) print(`${chalk.yellow("warning")}  ${text}`);
    },
  };
  const block = (host: string, word: string, text: string) => {
    status.end(host);
    const [first = "", ...rest] = text.trimEnd().split("\n");
    row(host, chalk.red(word.padEnd(9)), first);
    for (const line of rest) print(`${" ".repeat(width + 2)}${chalk.red("│")} ${line}`);
  };
  return <Event extends RunEvent>(event: Event) => (printers[event.type] as (event: Event) => void)(event);
}

// --- internal ---

const PHASES = {
  check: "could not be looked at",
  wait: "gave up waiting",
  apply: "could not be applied",
  still: "is still not as described after it was applied",
} as const;

function lineOf(event: Change, mode: "check" | "apply"): [string, string] {
  const took = "ms" in event && event.ms >= 1000 ? chalk.gray(`  ${(event.ms / 1000).toFixed(1)} s`) : "";
  if (event.type === "unknown")
    return [chalk.magenta("unknown  "), `${event.resource}  ${chalk.gray(`waits for ${event.waitsFor}`)}`];
  if (event.type === "handler")
    return [chalk.cyan(mode === "check" ? "would run" : "handler  "), `${event.handler}${took}`];
  return [chalk.yellow(mode === "check" ? "change   " : "changed  "), `${event.resource}${took}`];
}

/** One entry for all hosts on which the same would happen in the same way. */
function grouped(changes: readonly Change[], mode: "check" | "apply", diff: boolean): string[] {
  const groups = new Map<string, { hosts: string[]; event: Change }>();
  for (const event of changes) {
    const { host: _host, ms: _ms, ...same } = { ms: 0, ...event };
    const key = JSON.stringify(same);
    const group = groups.get(key) ?? { hosts: [], event };
    group.hosts.push(event.host);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ hosts, event }) => {
    const [word, what] = lineOf(event, mode);
    const details =
      diff && event.type === "changed" ? event.diff.trimEnd().split("\n").filter(Boolean).map(coloured) : [];
    return [`${word}  ${what}  ${chalk.gray(hosts.join(" "))}`, ...details.map((line) => `    ${line}`)];
  });
}

function coloured(line: string): string {
  if (/^(\+\+\+|---)/.test(line)) return chalk.bold(line);
  if (line.startsWith("+")) return chalk.green(line);
  if (line.startsWith("-")) return chalk.red(line);
  return line.startsWith("@@") ? chalk.cyan(line) : line;
}

function recap(hosts: readonly HostResult[], ms: number, mode: "check" | "apply", width: number): string[] {
  const counted = (n: number, word: string, colour: (text: string) => string) =>
    (n > 0 ? colour : chalk.gray)(`${word} ${n}`.padEnd(word.length + 5));
  const rows = hosts.map((host) =>
    [
      host.host.padEnd(width),
      counted(host.ok, "ok", chalk.green),
      counted(host.changed, mode === "check" ? "would change" : "changed", chalk.yellow),
      counted(host.unknown, "unknown", chalk.magenta),
      counted(host.failed, "failed", chalk.red),
      counted(host.skipped, "skipped", chalk.magenta),
      (host.outcome === "done" ? chalk.gray : chalk.red)(
        `${host.outcome}, ${(host.ms / 1000).toFixed(2)} s, ${host.execs} exec`,
      ),
    ].join("  "),
  );
  return ["", ...rows, chalk.gray(`in ${(ms / 1000).toFixed(2)} s`)];
}
