/** No database could do the work; nothing was written. */
export class Unavailable extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Unavailable";
  }
}

/** No connection could be had, so no statement was sent. */
export class NotConnected extends Error {
  constructor(cause: unknown) {
    super("no connection to the database", { cause });
    this.name = "NotConnected";
  }
}

/** The connection broke during a write: nobody here knows whether it was committed. */
export class OutcomeUnknown extends Error {
  readonly database: string;
  constructor(database: string, why: string) {
    super(why);
    this.name = "OutcomeUnknown";
    this.database = database;
  }
}

/** What a failed statement says about the database and about the statement's own fate. */
export type Failure =
  /** There was no connection, so the statement was not sent. */
  | "unreachable"
  /** Refused because the server takes no writes: certainly not executed. */
  | "read-only"
  /** The connection or the server went away meanwhile: the statement may or may not have taken effect. */
  | "lost"
  /** The server answered with any other error: the statement had no effect. */
  | "refused"
  /** Not from a database at all, so a fault of this program. */
  | "bug";

/** Sorts an error thrown by the driver. */
export function classifyFailure(error: unknown): Failure {
  if (error instanceof NotConnected) return "unreachable";
  const { errno, code, fatal, sqlState } = details(error);
  if (errno !== undefined && READ_ONLY.has(errno)) return "read-only";
  if (errno !== undefined && ENDED.has(errno)) return "lost";
  if (sqlState !== undefined) return "refused";
  if (
    fatal === true ||
    (code !== undefined && /^(E[A-Z]+|PROTOCOL_\w+|ERR_SSL_\w+|HANDSHAKE_\w+)$/.test(code))
  ) {
    return "lost";
  }
  return "bug";
}

/** Whether an insert failed because its unique key exists already. */
export function isDuplicate(error: unknown): boolean {
  return details(error).errno === 1062;
}

/** Whether a statement failed because a column does not exist, as before the migration that adds it. */
export function isUnknownColumn(error: unknown): boolean {
  return details(error).errno === 1054;
}

/** An error's short code, without the statement and values that the driver attaches: these hold visitors' texts. */
export function failureCode(error: unknown): string {
  if (error instanceof NotConnected) return failureCode(error.cause);
  const { code, errno } = details(error);
  return code ?? (errno === undefined ? (error instanceof Error ? error.name : "unknown") : String(errno));
}

// ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE.
const READ_ONLY: ReadonlySet<number> = new Set([1290, 1792, 1836]);
// ER_SERVER_SHUTDOWN, ER_NORMAL_SHUTDOWN, ER_FORCING_CLOSE, CR_SERVER_GONE_ERROR, CR_SERVER_LOST,
// ER_RUN_HOOK_ERROR (it may follow the engine's own commit), ER_SESSION_WAS_KILLED, ER_CLIENT_INTERACTION_TIMEOUT.
const ENDED: ReadonlySet<number> = new Set([1053, 1077, 1080, 2006, 2013, 3100, 3169, 4031]);

interface Details {
  readonly errno?: number;
  readonly code?: string;
  readonly fatal?: boolean;
  readonly sqlState?: string;
}

function details(error: unknown): Details {
  if (typeof error !== "object" || error === null) return {};
  const { errno, code, fatal, sqlState } = error as Record<string, unknown>;
  return {
    ...(typeof errno === "number" && { errno }),
    ...(typeof code === "string" && { code }),
    ...(typeof fatal === "boolean" && { fatal }),
    ...(typeof sqlState === "string" && { sqlState }),
  };
}
