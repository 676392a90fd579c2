import chalk from "chalk";
import type { HostResult, RunEvent } from "../run/events.ts";
import { type Alike, AlikeChanges, type Change, nameOf } from "./alike.ts";
import { LiveLines } from "./live-lines.ts";
import { Progress } from "./progress.ts";

export interface ReporterOptions {
  /** Show unified diffs. */
  readonly diff: boolean;
  /** Show what is ok, too. */
  readonly verbose: boolean;
}

type Printers = { [Type in RunEvent["type"]]: (event: Extract<RunEvent, { type: Type }>) => void };
type Mode = "check" | "apply";
type Skipped = Extract<RunEvent, { type: "skipped" }>;

/** Prints a run for people: what hosts do alike is one line with their names, what fails is said at once; a recap. */
export function terminalReporter({ diff, verbose }: ReporterOptions): (event: RunEvent) => void {
  const progress = new Progress();
  const alike = new AlikeChanges(progress, diff);
  const live = new LiveLines(progress, () => release());
  const warnings: string[] = [];
  const skipped: Skipped[] = [];
  let mode: Mode = "apply";
  let width = 8;

  const print = (line = "") => live.print(line);
  const row = (host: string, word: string, what: string) => print(`${host.padEnd(width)}  ${word}  ${what}`);
  const release = (all = false) => {
    for (const group of alike.release(all)) linesOf(group, mode, diff).forEach(print);
  };
  const change = (event: Change) => {
    if (!verbose) return alike.hold(event);
    const ms = "ms" in event ? event.ms : 0;
    row(event.host, ...wordsOf([event], mode, ms));
    if (diff) detailsOf([event]).forEach(print);
  };
  const block = (host: string, word: string, text: string) => {
    const [first = "", ...rest] = text.trimEnd().split("\n");
    row(host, chalk.red(word.padEnd(9)), first);
    for (const line of rest) print(`${" ".repeat(width + 2)}${chalk.red("│")} ${line}`);
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
    greeting: (event) => verbose && row(event.host, chalk.gray("greeting "), chalk.gray(event.text)),
    planned: () => undefined,
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
    start: () => undefined,
    ended: () => undefined,
    waiting: (event) => row(event.host, chalk.yellow("waits    "), `${event.resource}: ${event.reason}`),
    ok: (event) => verbose && row(event.host, chalk.green("ok       "), event.resource),
    changed: change,
    unknown: change,
    skipped: (event) => {
      if (verbose)
        row(event.host, chalk.magenta("skipped  "), `${event.resource}, since ${event.because} failed`);
      else skipped.push(event);
    },
    handler: (event) => {
      if (event.status === "failed") block(event.host, "failed", `handler ${event.handler}\n${event.output}`);
      else change(event);
    },
    failed: (event) =>
      block(
        event.host,
        "failed",
        `${event.role} › ${event.resource}: ${PHASES[event.phase]} (exit code ${event.code})\n${event.output}`,
      ),
    end: (event) => {
      release(true);
      skippedLines(skipped).forEach(print);
      live.stop();
      recap(event.hosts, event.ms, mode, width).forEach(print);
      for (const text of warnings) print(`${chalk.yellow("warning")}  ${text}`);
    },
  };
  return <Event extends RunEvent>(event: Event) => {
    progress.hear(event);
    (printers[event.type] as (event: Event) => void)(event);
    release();
  };
}

// --- internal ---

const PHASES = {
  check: "could not be checked",
  plan: "would be refused",
  wait: "gave up waiting",
  apply: "could not be applied",
  still: "is still not as described after it was applied",
} as const;

/** What happened, in a word, and to what: `changed  apt[nginx haproxy]  4.3 s`. */
function wordsOf(events: readonly Change[], mode: Mode, ms: number): [string, string] {
  const [event] = events as [Change];
  const took = ms >= 1000 ? chalk.gray(`  ${(ms / 1000).toFixed(1)} s`) : "";
  const what = inOne(events.map(nameOf));
  if (event.type === "unknown")
    return [chalk.magenta("unknown  "), `${what}  ${chalk.gray(`waits for ${event.waitsFor}`)}`];
  if (event.type === "handler")
    return [
      chalk.cyan(mode === "check" ? "would run" : "handler  "),
      `${what}${took}${event.output && chalk.gray(`  ${event.output.trim()}`)}`,
    ];
  return [chalk.yellow(mode === "check" ? "change   " : "changed  "), `${what}${took}`];
}

/** Several of one type in one name: `apt[haproxy nginx]`. */
function inOne(names: readonly string[]): string {
  const [first = "", ...others] = names;
  if (others.length === 0) return first;
  const [, type = ""] = /^(\w+)\[/.exec(first) ?? [];
  return `${type}[${names.map((name) => name.slice(type.length + 1, -1)).join(" ")}]`;
}

function linesOf({ hosts, events, ms }: Alike, mode: Mode, diff: boolean): string[] {
  const [word, what] = wordsOf(events, mode, ms);
  return [`${word}  ${what}  ${chalk.gray(hosts.join(" "))}`, ...(diff ? detailsOf(events) : [])];
}

function detailsOf(events: readonly Change[]): string[] {
  const diffs = events.map((event) => (event.type === "changed" ? event.diff : ""));
  const lines = diffs.flatMap((text) => text.trimEnd().split("\n").filter(Boolean));
  return lines.map((line) => `    ${coloured(line)}`);
}

/** One line for all that was skipped for the same reason. */
function skippedLines(events: readonly Skipped[]): string[] {
  const causes = [...new Set(events.map(({ because }) => because))];
  return causes.map((cause) => {
    const same = events.filter(({ because }) => because === cause);
    const hosts = [...new Set(same.map(({ host }) => host))];
    const resources = new Set(same.map(({ resource }) => resource));
    return `${chalk.magenta("skipped  ")}  ${resources.size} that depend on ${cause}  ${chalk.gray(hosts.join(" "))}`;
  });
}

function coloured(line: string): string {
  if (/^(\+\+\+|---)/.test(line)) return chalk.bold(line);
  if (line.startsWith("+")) return chalk.green(line);
  if (line.startsWith("-")) return chalk.red(line);
  return line.startsWith("@@") ? chalk.cyan(line) : line;
}

function recap(hosts: readonly HostResult[], ms: number, mode: Mode, width: number): string[] {
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
