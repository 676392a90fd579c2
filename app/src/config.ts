import { readFileSync } from "node:fs";

/** Everything that the application is told from outside. */
export interface Config {
  readonly serverName: string;
  readonly domain: string;
  readonly release: string;
  readonly port: number;
  /** How many times longer than usual it waits for the databases, on slow machines. */
  readonly patience: number;
  readonly databases: readonly DatabaseHost[];
  readonly databaseName: string;
  readonly databaseUser: string;
  readonly databasePassword: string;
  /** PEM of the CA that signs the databases' certificates. Without it they are not verified. */
  readonly databaseCa?: string;
}

/** Where one database listens. The primary is not configured: see database/probe.ts. */
export interface DatabaseHost {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => string;

/** Reads the configuration. Throws one ConfigError that lists everything that is wrong with it. */
export function readConfig(env: Environment, readFile: ReadFile = readText): Config {
  const problems: string[] = [];
  const attempt = <T>(read: () => T, instead: T): T => {
    try {
      return read();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return instead;
    }
  };
  const text = (name: string, pattern: RegExp, fallback?: string) =>
    attempt(() => checked(env, name, pattern, fallback), "");

  const databaseCa = attempt(() => optionalFile(env, "DATABASE_CA", readFile), undefined);
  const config: Config = {
    serverName: text("SERVER_NAME", /^[a-z0-9][a-z0-9-]{0,62}$/i),
    domain: text("DOMAIN", /^[a-z0-9.-]{1,253}$/i, "www.foobar.com"),
    release: text("RELEASE", /^[\w.+-]{1,80}$/, "development"),
    port: attempt(() => parsePort("PORT", env["PORT"] || "3000", 0), 0),
    patience: attempt(() => parsePatience(env["PATIENCE"] || "1"), 1),
    databases: attempt(() => parseDatabases(env["DATABASES"]), []),
    databaseName: text("DATABASE_NAME", /^\w{1,64}$/),
    databaseUser: text("DATABASE_USER", /^[\w.-]{1,32}$/),
    databasePassword: attempt(() => readPassword(env, readFile), ""),
    ...(databaseCa === undefined ? {} : { databaseCa }),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** The environment is not a valid configuration. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`bad configuration: ${problems.join("; ")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

function checked(env: Environment, name: string, pattern: RegExp, fallback?: string): string {
  const value = env[name] || fallback;
  if (value === undefined) throw new Error(`${name} is not set`);
  if (!pattern.test(value)) throw new Error(`${name} is ${JSON.stringify(value)}, expected ${pattern}`);
  return value;
}

function parsePort(name: string, text: string, least: number): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < least || port > 65535) {
    throw new Error(`${name} is ${JSON.stringify(text)}, expected a port from ${least} to 65535`);
  }
  return port;
}

function parsePatience(text: string): number {
  const patience = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (patience < 1) throw new Error(`PATIENCE is ${JSON.stringify(text)}, expected a number from 1 to 99`);
  return patience;
}

function parseDatabases(list: string | undefined): DatabaseHost[] {
  if (!list) throw new Error("DATABASES is not set, expected name=host:port,name=host:port");
  const databases = list.split(",").map((item) => {
    const { name, host, port } =
      /^\s*(?<name>[a-z0-9][a-z0-9-]*)=(?<host>[a-z0-9.-]+|\[[0-9a-f:]+\]):(?<port>\d+)\s*$/i.exec(item)
        ?.groups ?? {};
    if (name === undefined || host === undefined || port === undefined) {
      throw new Error(`DATABASES has ${JSON.stringify(item)}, expected name=host:port`);
    }
    return {
      name,
      host: host.replace(/^\[|\]$/g, ""),
      port: parsePort(`the port of ${name} in DATABASES`, port, 1),
    };
  });
  const names = databases.map((database) => database.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`DATABASES names ${twice} more than once`);
  return databases;
}

function readPassword(env: Environment, readFile: ReadFile): string {
  const folder = env["CREDENTIALS_DIRECTORY"];
  const path = env["DATABASE_PASSWORD_FILE"] || (folder && `${folder}/database-password`);
  if (!path) throw new Error("neither DATABASE_PASSWORD_FILE nor CREDENTIALS_DIRECTORY is set");
  const password = readFile(path).replace(/\r?\n$/, "");
  if (password === "") throw new Error(`the database password in ${path} is empty`);
  return password;
}

function optionalFile(env: Environment, name: string, readFile: ReadFile): string | undefined {
  const path = env[name];
  return path ? readFile(path) : undefined;
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}
