import mysql from "mysql2";
import type { Connection, PoolConnection } from "mysql2/promise";
import type { Config, DatabaseHost } from "../config.ts";
import { classifyFailure, NotConnected } from "./failures.ts";
import { type Session, sessionOn } from "./session.ts";

/** The connections to one database host. */
export interface Client {
  readonly name: string;
  /**
   * Lends a connection to the task. Throws NotConnected before the task starts, if none can be had within about a
   * second.
   */
  use<T>(task: (session: Session) => Promise<T>): Promise<T>;
  /** Like `use`, but on a connection of its own, so that a probe never waits behind the visitors. */
  useProbe<T>(task: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const CONNECT_MS = 1000;
const POOL_SIZE = 8;
// A connection keeps the global privileges that it began with. A new one now and then sees what was granted since.
const PROBE_LIFE_MS = 60_000;

/** Makes the client of one host. Connections are opened when they are needed. */
export function makeClient(config: Config, host: DatabaseHost): Client {
  const options: mysql.ConnectionOptions = {
    host: host.host,
    port: host.port,
    user: config.databaseUser,
    password: config.databasePassword,
    database: config.databaseName,
    connectTimeout: CONNECT_MS * config.patience,
    charset: "utf8mb4",
    timezone: "Z",
    // Full authentication by caching_sha2_password sends the password itself, so TLS is a must.
    ssl: config.databaseCa
      ? { ca: config.databaseCa, rejectUnauthorized: true, verifyIdentity: true }
      : { rejectUnauthorized: false },
  };
  const pool = mysql.createPool({
    ...options,
    connectionLimit: POOL_SIZE,
    queueLimit: 100,
    // Must be less than the limit: only then does the driver drop idle connections. Otherwise those of a machine that
    // vanished without a word would stay.
    maxIdle: POOL_SIZE / 2,
    idleTimeout: 10_000,
  });
  pool.on("connection", (connection) => {
    // Without a listener a second error on a dying connection would end the process.
    connection.on("error", () => {});
    connection.query("SET SESSION session_track_gtids = 'OWN_GTID'", () => {});
  });
  const promised = pool.promise();
  let probe: Promise<Connection> | undefined;
  let probeSince = 0;

  return {
    name: host.name,
    use: async (task) => {
      const connection = await acquire(() => promised.getConnection(), CONNECT_MS * config.patience);
      return lend(
        connection,
        () => connection.release(),
        (lent) => task(sessionOn(lent, config.patience)),
      );
    },
    useProbe: async (task) => {
      if (probe === undefined) {
        probe = connectProbe(options);
        probeSince = Date.now();
      }
      const isOld = Date.now() - probeSince > PROBE_LIFE_MS;
      try {
        const connection = await probe.catch((error) => {
          throw new NotConnected(error);
        });
        return await lend(
          connection,
          () => isOld && connection.destroy(),
          (lent) => task(sessionOn(lent, config.patience)),
        );
      } catch (error) {
        if (classifyFailure(error) !== "refused") probe = undefined;
        throw error;
      } finally {
        if (isOld) probe = undefined;
      }
    },
    close: async () => {
      (await probe?.catch(() => undefined))?.destroy();
      await promised.end();
    },
  };
}

async function lend<T>(
  connection: Connection,
  release: () => void,
  task: (connection: Connection) => Promise<T>,
): Promise<T> {
  try {
    const result = await task(connection);
    release();
    return result;
  } catch (error) {
    if (classifyFailure(error) === "refused") release();
    else connection.destroy();
    throw error;
  }
}

async function acquire(
  connect: () => Promise<PoolConnection>,
  milliseconds: number,
): Promise<PoolConnection> {
  const connecting = connect();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the pool is exhausted")), milliseconds * 1.25);
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    connecting.then((connection) => connection.release()).catch(() => {});
    throw new NotConnected(error);
  } finally {
    clearTimeout(timer);
  }
}

function connectProbe(options: mysql.ConnectionOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection = mysql.createConnection(options);
    connection.on("error", () => {});
    connection.connect((error) => (error ? reject(error) : resolve(connection.promise())));
  });
}
