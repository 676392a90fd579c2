import { UsageError } from "../engine/util/errors.ts";
import { didYouMean, list } from "../engine/util/nearest.ts";
import type { OpenLab } from "./index.ts";
import { statusText } from "./status.ts";

export interface Flags {
  readonly kill?: boolean | undefined;
  readonly purge?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly from?: string | undefined;
}

/** The lab's verbs, their arguments and their help. */
export const VERBS = {
  up: { args: "[host...]", help: "boot all machines that are not running, or only these" },
  down: { args: "[--purge]", help: "stop and delete all machines and the network" },
  status: { args: "[host...]", help: "show each machine's state, start time, memory and cut links" },
  stop: { args: "host... [--kill]", help: "shut down cleanly; the disk stays" },
  start: { args: "host...", help: "boot again with the same disk" },
  restart: { args: "host... [--kill]", help: "stop and start" },
  cut: { args: "host... [--from host]", help: "cut off from everything, or from one other machine" },
  heal: { args: "[host...] [--from host]", help: "undo a cut; without a host, undo all cuts" },
  fresh: { args: "host...", help: "delete the disk and boot a bare machine" },
  exec: { args: "host -- command...", help: "run a command inside, as root" },
} as const;

/** Runs a verb and returns the exit code. Throws a UsageError if the verb is unknown or a host is missing. */
export async function perform(
  lab: OpenLab,
  verb: string,
  names: readonly string[],
  flags: Flags,
  print: (text: string) => void,
): Promise<number> {
  const kill = flags.kill ?? false;
  const from = flags.from === undefined ? {} : { from: flags.from };
  const verbs: Record<keyof typeof VERBS, () => Promise<unknown>> = {
    up: () => lab.up(names),
    down: () => lab.down({ purge: flags.purge ?? false }),
    status: async () => print(statusText(await lab.status(names), flags.json ?? false)),
    stop: () => lab.stop(some(verb, names), { kill }),
    start: () => lab.start(some(verb, names)),
    restart: async () => {
      await lab.stop(some(verb, names), { kill });
      await lab.start(names);
    },
    cut: () => lab.cut(some(verb, names), from),
    heal: () => lab.heal(names, from),
    fresh: () => lab.fresh(some(verb, names)),
    exec: async () => {
      const [host = "", ...argv] = some(verb, names);
      if (argv.length === 0) throw new UsageError("exec: no command; npm run lab -- exec HOST -- COMMAND...");
      return (await lab.execIn(host, argv, { inherit: true })).exitCode;
    },
  };
  if (!Object.hasOwn(verbs, verb)) {
    const known = Object.keys(VERBS);
    throw new UsageError(`found the verb "${verb}"${didYouMean(verb, known)}; expected ${list(known)}`);
  }
  const result = await verbs[verb as keyof typeof VERBS]();
  return typeof result === "number" ? result : 0;
}

// --- internal ---

function some(verb: string, names: readonly string[]) {
  if (names.length === 0) throw new UsageError(`${verb}: which machine? npm run lab -- ${verb} HOST...`);
  return names;
}
