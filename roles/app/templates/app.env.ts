import { type Host, type Text, text } from "../../../engine/index.ts";
import { hostName } from "../../shared/certificates.ts";

interface AppOptions {
  server: string;
  domain: string;
  databases: readonly Host[];
  /** File with the CA that the databases' certificates are verified with. */
  authority: string;
  databasePort: number;
  databaseName: string;
  databaseUser: string;
  /** How many times longer than usual it waits for the databases. */
  patience: number;
}

/** The application's settings. The password comes as a credential of systemd, the release from the unit. */
export default (options: AppOptions): Text => text`
  # Written by Quintet (role app); changes made here are overwritten.
  NODE_ENV=production
  SERVER_NAME=${options.server}
  DOMAIN=www.${options.domain}
  DATABASES=${options.databases.map(({ name }) => `${name}=${hostName(name, options.domain)}:${options.databasePort}`).join(",")}
  DATABASE_CA=${options.authority}
  DATABASE_NAME=${options.databaseName}
  DATABASE_USER=${options.databaseUser}
  PATIENCE=${options.patience}
`;
