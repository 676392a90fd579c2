import mysql, { type Connection, type RowDataPacket } from "mysql2/promise";
import { OBSERVE, OBSERVE_WITHOUT_COPIES } from "./statements.ts";

const NO_SUCH_TABLE = 1146;

/** Who this program is, for MySQL. By that a later one finds what it has left behind. */
const PROGRAM = "quintet-failover";

export interface SessionOptions {
  readonly socket: string;
  readonly user: string;
  /** Milliseconds for an ordinary statement, and to connect. */
  readonly patience: number;
}

export type Row = Readonly<Record<string, unknown>>;
export type Value = string | number;

/** MySQL did not answer in time. What was asked may still happen, until the next session is there. */
export class Late extends Error {}

/**
 * The manager's session. Only one is there at a time: what an earlier one was about to do is ended before a new one does
 * anything, also if it was of a manager that is dead.
 */
export class Session {
  readonly #options: SessionOptions;
  #connection: Connection | undefined;
  /** Called when the connection ends, as when mysqld does. */
  onEnd: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Runs one statement. Throws what MySQL says, or Late. */
  async query(
    sql: string,
    values: readonly Value[] = [],
    milliseconds = this.#options.patience,
  ): Promise<Row[]> {
    this.#connection ??= await this.#connect();
    const connection = this.#connection;
    const asked = connection.query<RowDataPacket[]>(sql, [...values]);
    try {
      const [rows] = await bounded(asked, milliseconds);
      return Array.isArray(rows) ? rows : [];
    } catch (error) {
      if (error instanceof Late || (error as { fatal?: boolean }).fatal) this.close();
      throw error;
    }
  }

  /** What OBSERVE says. */
  async observe(): Promise<Row> {
    const [row = {}] = await this.query(OBSERVE).catch((error) => {
      if (error.errno === NO_SUCH_TABLE) return this.query(OBSERVE_WITHOUT_COPIES);
      throw error;
    });
    return row;
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  // --- internal ---

  async #connect(): Promise<Connection> {
    const { socket, user, patience } = this.#options;
    const connection = await bounded(
      mysql.createConnection({
        socketPath: socket,
        user,
        connectTimeout: patience,
        connectAttributes: { program_name: PROGRAM },
        // MySQL knows the system's user of a socket.
        authPlugins: { auth_socket: () => () => Buffer.alloc(0) },
      }),
      patience * 1.25,
      (late) => late.destroy(),
    );
    connection.on("error", () => undefined);
    connection.on("end", () => {
      if (this.#connection === connection) this.#connection = undefined;
      this.onEnd();
    });
    try {
      await bounded(endOthers(connection), patience);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }
}

/** A commit that waits for a replica goes on whatever happens to its session, and does nothing but that. */
const OTHERS = `SELECT t.PROCESSLIST_ID AS id FROM performance_schema.session_connect_attrs a
  JOIN performance_schema.threads t USING (PROCESSLIST_ID)
  WHERE a.ATTR_NAME = 'program_name' AND a.ATTR_VALUE = '${PROGRAM}' AND t.PROCESSLIST_ID <> CONNECTION_ID()
    AND COALESCE(t.PROCESSLIST_STATE, '') NOT LIKE 'Waiting for semi-sync ACK%'`;

async function endOthers(connection: Connection): Promise<void> {
  for (;;) {
    const [others] = await connection.query<RowDataPacket[]>(OTHERS);
    if (others.length === 0) return;
    for (const { id } of others) await connection.query(`KILL ${Number(id)}`).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function bounded<T>(
  work: Promise<T>,
  milliseconds: number,
  whenLate?: (result: T) => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      if (whenLate) work.then(whenLate, () => undefined);
      reject(new Late("MySQL did not answer in time"));
    }, milliseconds);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
