import { type Host, hostsIn, type Inventory } from "../../engine/model/inventory/index.ts";
import { varsWithin } from "../../engine/plan/context.ts";
import { askFor } from "../../engine/run/facts.ts";
import { lockAll } from "../../engine/run/locking.ts";
import { Sessions } from "../../engine/run/sessions.ts";
import { Connections } from "../../engine/ssh/connections.ts";
import type { Shell } from "../../engine/template/shell.ts";
import { RefusedError, UnsureError } from "../../engine/util/errors.ts";
import { commandOf, type Operation } from "../../operations/operation.ts";
import { type Access, perform, takeBack } from "../../operations/perform.ts";
import { Record } from "../../operations/record.ts";
import { vars as baseVars } from "../../roles/base/vars.ts";
import { databaseState, type Member, namedBy, type StoreKnows } from "../../roles/failover/topology.ts";
import site from "../../site.ts";
import { interruptible } from "./cli.ts";
import type { Flag } from "./command.ts";
import { EXIT_CODES } from "./flags.ts";

/** What an operation on the databases is made from. */
export interface Known {
  readonly store: StoreKnows;
  readonly members: readonly Member[];
  /** How much longer everything takes than on an ordinary machine. */
  readonly patience: number;
  /** Runs shell on a host, and answers what it printed. */
  ask(host: string, program: Shell): Promise<string>;
}

export interface OperateOptions {
  readonly inventory: Inventory;
  /** Go on with the operation that has not ended, or take it back. */
  readonly how: "begin" | "resume" | "undo";
  readonly operation: (known: Known) => Operation | Promise<Operation>;
}

/**
 * Does an operation on the databases of an inventory. The run's lock is held on all of them that answer, so no run changes
 * them meanwhile. Answers the exit code. Throws RefusedError if another operation has not ended.
 */
export async function operate({ inventory, how, operation: make }: OperateOptions): Promise<number> {
  const began = new Date();
  const hosts = hostsIn(inventory, "database");
  const connections = new Connections(undefined, () => undefined);
  const sessions = new Sessions(connections, hosts, began);
  const signal = interruptible(() => console.error("\nquintet: interrupted; what was done is taken back"));
  try {
    const open = unfinished(how);
    const busy = await lockAll(hosts, sessions, 0, () => undefined);
    if (busy) {
      console.error(`quintet: another run holds ${busy.name}. Nothing was changed.`);
      return 5;
    }
    const access = accessTo(hosts, sessions, signal);
    const { operation, record } = open ?? (await begin(inventory, hosts, sessions, access, make));
    await (how === "undo" ? takeBack : perform)(operation, record, access);
    console.log(how === "undo" ? "taken back" : "done");
    return 0;
  } finally {
    await sessions.end();
    await connections.close();
  }
}

/** The exit codes of operations. The first Ctrl-C is heard at the next gate; the second one ends the process. */
export const OPERATION_CODES = {
  0: "done, or taken back with --undo",
  1: EXIT_CODES[1],
  3: "refused, failed, or taken back after a failure or Ctrl-C",
  4: EXIT_CODES[4],
  5: EXIT_CODES[5],
  130: "interrupted twice: --resume goes on, --undo takes it back",
} as const;

/** Flags that every operation has. */
export const OPERATION = {
  resume: { flags: "--resume", help: "go on with one that was killed" },
  undo: { flags: "--undo", help: "take back one that was killed" },
} as const satisfies { [name: string]: Flag };

export function howOf(flags: { readonly resume?: boolean; readonly undo?: boolean }): OperateOptions["how"] {
  return flags.undo ? "undo" : flags.resume ? "resume" : "begin";
}

// --- internal ---

const patienceIn = (inventory: Inventory) =>
  Math.max(...inventory.hosts.map((host) => varsWithin({ site, inventory }, baseVars, host).patience));

const FILE = ".quintet/operation.json";

function unfinished(how: OperateOptions["how"]) {
  const open = Record.open(FILE);
  if (how !== "begin") {
    if (open) return { operation: open.state.operation, record: open.record };
    throw new RefusedError("there is no operation that has not ended");
  }
  if (!open) return undefined;
  const { operation, inventory, since, done } = open.state;
  throw new RefusedError(
    `${[operation.name, ...operation.words].join(" ")} on ${inventory} has not ended: begun ${since}, ${done} of ${operation.steps.length} steps done. To go on: ${commandOf(operation)} --resume; to take it back: ${commandOf(operation)} --undo`,
  );
}

async function begin(
  inventory: Inventory,
  hosts: readonly Host[],
  sessions: Sessions,
  access: Access,
  make: OperateOptions["operation"],
) {
  const members = await Promise.all(hosts.map((host) => memberOf(host, sessions)));
  const store = namedBy(members);
  if (!store) throw new UnsureError(`${whyNot(members)} Nothing was changed. npm run status says more.`);
  const ask = async (host: string, program: Shell) => (await access.run(host, program)).output;
  const operation = await make({ store, members, ask, patience: patienceIn(inventory) });
  return { operation, record: Record.new(FILE, operation, inventory.file) };
}

function whyNot(members: readonly Member[]): string {
  const says = members.flatMap(({ state }) => state?.store ?? []);
  if (says.length === 0) return "no database can be reached.";
  if (says.includes("away"))
    return "the managers do not reach a majority of the store, so nobody knows who may be the primary.";
  if (says.includes("empty"))
    return "the store does not know yet who the primary is: npm run provision tells it.";
  return "no database has a manager that answers.";
}

async function memberOf(host: Host, sessions: Sessions): Promise<Member> {
  const { name, address } = host;
  const answers = await sessions
    .to(host)
    .then((session) => askFor([databaseState], session, host))
    .catch(() => []);
  const [answer] = answers;
  return { name, address, state: answer && databaseState.parse(answer.output) };
}

function accessTo(hosts: readonly Host[], sessions: Sessions, signal: AbortSignal): Access {
  return {
    async run(name, program) {
      const host = hosts.find((one) => one.name === name);
      if (!host) throw new RefusedError(`${name} is not in the inventory any more`);
      const printed: string[] = [];
      const { code, stderr } = await (await sessions.to(host)).run(
        program,
        (line) => void printed.push(line),
      );
      return { code, output: [...printed, stderr].join("\n") };
    },
    say: (line) => console.log(line),
    signal,
  };
}
