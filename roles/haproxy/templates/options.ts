import type { Host } from "../../../engine/index.ts";

/** What the configuration is made of: the role's variables, and what the inventory and other roles say. */
export interface HaproxyOptions {
  domain: string;
  publicAddress: string;
  address: string;
  servers: readonly (Host & { readonly port: number })[];
  balance: string;
  connections: number;
  serverConnections: number;
  statsPort: number;
  checkSeconds: number;
  /** How many times longer than usual the parts wait for each other. */
  patience: number;
  stopAfter: number;
  requestsPer10Seconds: number;
  connectionsPerAddress: number;
  openRequestsPerAddress: number;
  openChangesPerAddress: number;
  changesPerMinute: number;
  exempt: readonly string[];
  /** If an ACME server issues the site's certificate: the answer to its challenges, without the token. */
  challenge?: string | undefined;
  /** Files: certificates with their keys, and the CA of the web servers. */
  certificates: { readonly site: string; readonly host: string; readonly authority: string };
  /** File in which the servers' states survive a reload. */
  states: string;
}
