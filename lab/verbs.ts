import { UsageError } from "../engine/util/errors.ts";
import { didYouMean, list } from "../engine/util/nearest.ts";
import type { LabDoor } from "./index.ts";
import { statusText } from "./status.ts";

export interface Flags {
  readonly kill?: boolean | undefined;
  readonly purge?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly from?: string | undefined;
}

export const USAGE = `npm run lab -- VERB [HOST...] [-i INVENTORY]

  up [HOST...]                  boot the machines that are not running, or these
  down [--purge]                everything off and gone; --purge: the image and the key too
  status [HOST...] [--json]     what runs since when, its memory, its cuts
  stop HOST... [--kill]         power off in order; --kill pulls the power cord
  start HOST...                 boot again, with the disk it had
  restart HOST... [--kill]      stop and start
  cut HOST... [--from HOST]     cut off from everything, or from one other machine
  heal [HOST...] [--from HOST]  mend that cut; without a host: every cut
  fresh HOST...                 wipe the disk and boot a bare machine
  exec HOST -- COMMAND...       run a command inside, as root`;

/** Does what a verb says and returns the exit code; unknown verbs and missing hosts are UsageErrors. */
export async function perform(
  lab: LabDoor,
  verb: string,
  names: readonly string[],
  flags: Flags,
  print: (text: string) => void,
): Promise<number> {
  const kill = flags.kill ?? false;
  const from = flags.from === undefined ? {} : { from: flags.from };
  const verbs: Record<string, () => Promise<unknown>> = {
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
  const chosen = verbs[verb];
  if (!chosen) {
    const known = Object.keys(verbs);
    throw new UsageError(
      verb === "" ? USAGE : `unknown verb "${verb}"${didYouMean(verb, known)}: expected ${list(known)}`,
    );
  }
  const result = await chosen();
  return typeof result === "number" ? result : 0;
}

// --- internal ---

function some(verb: string, names: readonly string[]) {
  if (names.length === 0) throw new UsageError(`${verb}: which machine? npm run lab -- ${verb} HOST...`);
  return names;
}
