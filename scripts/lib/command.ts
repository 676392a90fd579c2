import { realpathSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { UsageError } from "../../engine/util/errors.ts";
import { main } from "./cli.ts";

/** A flag of a command. From its text follows its value: `--json` is a boolean, `--limit <list>` a string. */
export interface Flag {
  /** As commander has it: `-l, --limit <list>`. */
  readonly flags: string;
  readonly help: string;
  readonly default?: string;
  /** Comma-separated, and may be given again: an array. */
  readonly list?: true;
  /** Reads its value; throws UsageError. */
  readonly parse?: (value: string) => unknown;
  /** What completion offers as its value. */
  readonly values?: Values;
}

/** Words that completion offers: these, or what the inventory and the site have. */
export type Values = readonly string[] | "hosts" | "limit" | "roles" | "files";

/** All that is known of a command: parsing, `--help`, docs/use/commands.md and completion are made of it. */
export interface Definition {
  /** As package.json has it. */
  readonly name: string;
  readonly summary: string;
  /** Positional arguments, as commander has them, each with what completion offers. */
  readonly args?: readonly { readonly name: string; readonly help: string; readonly values?: Values }[];
  readonly flags: Readonly<Record<string, Flag>>;
  /** Words that it knows beside its flags, each with what it means. */
  readonly words?: Readonly<Record<string, string>>;
  /** What follows the first argument belongs to somebody else, flags too. */
  readonly passThrough?: true;
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [string, string])[];
  readonly exitCodes?: Readonly<Record<string, string>>;
}

/** What a command was given: its flags by their names, and its arguments. */
export interface Given<D extends Definition> {
  readonly flags: { readonly [Name in keyof D["flags"]]: ValueOf<D["flags"][Name]> };
  readonly args: readonly string[];
}

/** Checks a definition's types, and keeps them as narrow as they are written. */
export function define<const D extends Definition>(definition: D): D {
  return definition;
}

/** Runs a command and ends the process with the exit code it answers, if `file` is what was started. */
export function start<D extends Definition>(
  definition: D,
  file: string,
  action: (given: Given<D>) => Promise<number>,
): void {
  if (realpathSync(process.argv[1] ?? "") !== file) return;
  void main(async () => {
    const given = parse(definition, process.argv.slice(2));
    if (given !== "help") return action(given);
    console.log(helpOf(definition));
    return 0;
  });
}

/** Reads what follows a command's name. Throws UsageError that names the nearest flag. */
export function parse<D extends Definition>(definition: D, argv: readonly string[]): Given<D> | "help" {
  const command = commandOf(definition);
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return "help";
    throw new UsageError(`${wordsOf(error)}; npm run ${definition.name} -- --help says what there is`);
  }
  const values = command.opts();
  const flags = Object.entries(definition.flags).map(([name, flag]) => [
    name,
    values[new Option(flag.flags).attributeName()] ?? (flag.list ? [] : isBoolean(flag) ? false : undefined),
  ]);
  return { flags: Object.fromEntries(flags), args: command.args };
}

/** What `--help` prints. */
export function helpOf(definition: Definition): string {
  const { examples, exitCodes, words } = definition;
  const block = (title: string, rows: readonly (readonly [string, string])[]) => {
    const width = Math.max(...rows.map(([left]) => left.length));
    return `${title}:\n${rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n")}\n`;
  };
  return [
    commandOf(definition).helpInformation(),
    ...(words ? [block("Words", Object.entries(words))] : []),
    block("Examples", examples),
    ...(exitCodes ? [block("Exit codes", Object.entries(exitCodes))] : []),
  ]
    .join("\n")
    .trimEnd();
}

/** How a command is called: `npm run lab -- [flags] <verb> [host...]`. */
export function usageOf({ name, args = [] }: Definition): string {
  return [npmRun(name), "--", "[flags]", ...args.map((argument) => argument.name)].join(" ");
}

/** `npm test` has a name of its own. */
export function npmRun(name: string): string {
  return name === "test" ? "npm test" : `npm run ${name}`;
}

// --- internal ---

type ValueOf<F extends Flag> = F extends { list: true }
  ? readonly string[]
  : F extends { parse: (value: string) => infer Value }
    ? Value | undefined
    : F extends { flags: `${string}<${string}` }
      ? F extends { default: string }
        ? string
        : string | undefined
      : boolean;

const isBoolean = ({ flags }: Flag) => !flags.includes("<");

function commandOf(definition: Definition): Command {
  const { name, summary, args = [], flags, passThrough = false } = definition;
  const [, usage = ""] = usageOf(definition).split("-- ");
  const command = new Command(`${npmRun(name)} --`)
    .description(summary)
    .usage(usage)
    .helpOption("-h, --help", "this text")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .passThroughOptions(passThrough);
  for (const { name, help } of args) command.argument(name, help);
  for (const flag of Object.values(flags)) command.addOption(optionOf(flag));
  return command;
}

function optionOf({ flags, help, list, parse, default: otherwise }: Flag): Option {
  const option = new Option(flags, help);
  if (otherwise !== undefined) option.default(otherwise);
  if (parse) option.argParser((value) => parse(value));
  if (list)
    option.argParser((value, before: string[] | undefined) => [...(before ?? []), ...value.split(",")]);
  return option;
}

/** The library's words, in one line and in our form. */
function wordsOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (one of )?(.*)\?\)$/, (_, several, names) =>
      several ? ` (did you mean one of ${names}?)` : ` (did you mean "${names}"?)`,
    )
    .replace(/\.$/, "");
}
