import { type Host, hostsIn, type Inventory } from "../../../engine/model/inventory/index.ts";
import { varsWithin } from "../../../engine/plan/context.ts";
import { askFor } from "../../../engine/run/facts.ts";
import { outputOf } from "../../../engine/run/output.ts";
import { Connections } from "../../../engine/ssh/connections.ts";
import { sh } from "../../../engine/template/shell.ts";
import { FailedError, RefusedError, UnreachableError, UsageError } from "../../../engine/util/errors.ts";
import { databaseState, type Member, primaryOf } from "../../../roles/failover/topology.ts";
import { vars } from "../../../roles/schema/vars.ts";
import site from "../../../site.ts";
import { printable } from "./printing.ts";
import { awaiting } from "./statements.ts";

/** A database machine, with what it says of itself, or why it cannot be asked. */
export interface Asked extends Member {
  readonly host: Host;
  readonly problem?: string;
}

/** What is asked of them. */
export type Asking = Pick<Databases, "primary" | "name" | "query" | "lacking">;

/** The databases of a site, of which one takes writes. */
export class Databases {
  readonly primary: Host;
  /** The name of the application's database. */
  readonly name: string;
  readonly #connections: Connections;
  readonly #others: readonly Asked[];

  private constructor(primary: Host, name: string, others: readonly Asked[], connections: Connections) {
    this.primary = primary;
    this.name = name;
    this.#others = others;
    this.#connections = connections;
  }

  /** Asks the machines who takes writes, and hangs up when `use` is done. Throws as `theWritable` does. */
  static async with<Value>(inventory: Inventory, use: (databases: Databases) => Promise<Value>) {
    const hosts = hostsIn(inventory, "database");
    if (hosts.length === 0)
      throw new UsageError(
        `${inventory.file}: found no host in the group database, so there is no guestbook`,
      );
    const connections = new Connections(undefined, () => undefined);
    try {
      const asked = await Promise.all(hosts.map((host) => ask(host, connections)));
      const { host } = theWritable(asked);
      const { database } = varsWithin({ site, inventory }, vars, host);
      const others = asked.filter((one) => one.host !== host);
      return await use(new Databases(host, database, others, connections));
    } finally {
      await connections.close();
    }
  }

  /** Runs SQL on the primary, as root, and answers the JSON objects that it prints. */
  query(sql: string): Promise<readonly Row[]> {
    return this.#on(this.primary, sql);
  }

  /** The other databases that do not have these transactions within ten seconds, or cannot tell. */
  async lacking(executed: string): Promise<readonly string[]> {
    const late = this.#others.map(async ({ host, name, state }) => {
      if (!state?.running) return [name];
      const [row] = await this.#on(host, awaiting(executed, 10)).catch(() => []);
      return row?.["late"] === 0 ? [] : [name];
    });
    return (await Promise.all(late)).flat();
  }

  /** On stdin, so that no list of processes shows it. */
  async #on(host: Host, sql: string): Promise<readonly Row[]> {
    const script = sh`printf '%s\n' ${sql} | mysql --no-defaults --default-character-set=utf8mb4 -NBr --connect-timeout=5`;
    const connection = await this.#connections.to(host);
    const output = await outputOf(connection, host, script).catch((error: Error) => {
      throw error instanceof FailedError ? explained(error, host.name) : error;
    });
    return output
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row);
  }
}

export type Row = Readonly<Record<string, unknown>>;

/**
 * The one database that takes writes; the machines say which, not the inventory. Throws RefusedError if it is none or two,
 * and UnreachableError if one that may be it cannot be asked.
 */
export function theWritable(asked: readonly Asked[]): Asked {
  const writable = asked.filter(({ state }) => state?.writable);
  // It knows what to say of two.
  if (writable.length > 1) primaryOf(asked);
  if (writable[0]) return writable[0];
  const said = asked.map(({ name, state, problem }) => `${name} ${stateOf(state, problem)}`).join("; ");
  if (asked.some(({ state }) => state === undefined))
    throw new UnreachableError(`no database that can be reached takes writes: ${said}. Nothing was changed.`);
  throw new RefusedError(
    `no database takes writes: ${said}. Nothing was changed. docs/infrastructure.md says how one becomes the primary.`,
  );
}

// --- internal ---

async function ask(host: Host, connections: Connections): Promise<Asked> {
  const { name, address } = host;
  try {
    const [answer] = await askFor([databaseState], await connections.to(host), host);
    const state = answer && databaseState.parse(answer.output);
    return { host, name, address, state, ...(!state && { problem: "the user cannot become root there" }) };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return { host, name, address, state: undefined, problem: error.message };
  }
}

function stateOf(state: Member["state"], problem = ""): string {
  if (!state) return `cannot be asked, and may be the primary (${problem})`;
  if (!state.running) return state.installed ? "runs no MySQL that answers" : "has no MySQL";
  return "is read-only";
}

/** MySQL's numbers for a database, a table and a column that do not exist. */
const NOT_YET = /ERROR (1049|1146|1054)\b/;

function explained(error: FailedError, name: string): FailedError {
  const said = printable(error.message);
  return new FailedError(
    NOT_YET.test(said)
      ? `${said}\nThe guestbook on ${name} is older than this command. Bring it up to date: npm run provision -- --role schema`
      : said,
  );
}
