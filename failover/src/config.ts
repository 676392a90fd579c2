import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a manager is told by its machine, as JSON. */
export interface Config {
  /** This machine's name among the databases. */
  readonly me: string;
  /** Addresses of all databases, by their names. */
  readonly databases: Readonly<Record<string, string>>;
  /** The store's members: `https://192.168.56.11:2379`. */
  readonly store: readonly string[];
  /** What the failover's keys begin with. */
  readonly keys: string;
  /** Where it answers, on this machine's address. */
  readonly port: number;
  readonly patience: number;
  readonly files: {
    readonly socket: string;
    /** The kernel's list of the processes of MySQL's unit. */
    readonly processes: string;
    /** File that is there while MySQL is being stopped. */
    readonly stopping: string;
    readonly authority: string;
    /** The certificate by which the store knows the manager, with its key. */
    readonly client: string;
    /** The machine's own certificate, with its key. */
    readonly server: string;
  };
}

/** Throws if the file is not there, or says nothing that a manager understands. */
export function readConfig(file: string): Config {
  const config: Config = JSON.parse(readFileSync(file, "utf8"));
  if (config.databases[config.me] === undefined)
    throw new Error(
      `${file} › databases: found ${Object.keys(config.databases).join(", ")}; expected ${config.me}, too`,
    );
  return config;
}

/** The password of the account `replication`, which systemd gives to the unit. */
export function replicationPassword(): string {
  const directory = process.env["CREDENTIALS_DIRECTORY"] ?? "";
  return readFileSync(join(directory, "replication-password"), "utf8").trimEnd();
}
