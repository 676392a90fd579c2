import { type ParseArgsConfig, parseArgs } from "node:util";
import { QuintetError, UsageError } from "../../engine/util/errors.ts";
import { didYouMean } from "../../engine/util/nearest.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The inventory that is used when -i names no other. */
export const DEFAULT_INVENTORY = "inventory/five.yaml";

/** Flags that every script has. */
export const COMMON = {
  inventory: { type: "string", short: "i", default: DEFAULT_INVENTORY },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies Options;

/** Reads a script's flags. Throws UsageError that names the nearest flag. */
export function flags<const Wanted extends Options>(options: Wanted, allowPositionals = false) {
  try {
    return parseArgs({ options, allowPositionals, strict: true });
  } catch (error) {
    const given = process.argv
      .slice(2)
      .find((word) => word.startsWith("--") && !((word.slice(2).split("=")[0] as string) in options));
    const known = Object.keys(options).map((name) => `--${name}`);
    const near = given ? didYouMean(given.split("=")[0] ?? "", known) : "";
    throw new UsageError(
      `${(error as Error).message.split(/\.(?:\s|$)/)[0]}${near}. Flags: ${known.join(" ")}`,
    );
  }
}

/** A flag that is a whole number of zero or more. */
export function wholeNumber(flag: string, value: string | undefined, least = 0): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value) || Number(value) < least)
    throw new UsageError(`--${flag}: found "${value}"; expected a whole number of at least ${least}`);
  return Number(value);
}

/** Fires at the first Ctrl-C; the second one ends the process at once. */
export function interruptible(onFirst: () => void): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    onFirst();
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return controller.signal;
}

/** Runs a script: its answer is the exit code, and what it throws is printed without a stack when it is meant for people. */
export async function main(script: () => Promise<number>): Promise<never> {
  process.stdout.on("error", () => process.exit(0));
  try {
    process.exit(await script());
  } catch (error) {
    const known = error instanceof QuintetError;
    console.error(known ? `quintet: ${error.message}` : error);
    process.exit(known ? error.exitCode : 1);
  }
}
