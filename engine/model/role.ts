import type { z } from "zod";
import type { Secret } from "../template/secret.ts";
import { CompileError } from "../util/errors.ts";
import type { Certificate, CertificateRequest } from "./certificate.ts";
import type { Fact } from "./fact.ts";
import type { Host, Inventory } from "./inventory/index.ts";
import type { Keeping } from "./keeping.ts";
import type { Blob, Resource } from "./resource.ts";
import type { SmokeTest } from "./smoke-test.ts";

/** All that a role may know. A role fetches nothing itself, so that it can be printed, compared and tested. */
export interface Context<Vars> {
  readonly vars: Vars;
  readonly host: Host;
  readonly inventory: Inventory;
  /** The hosts of a group, in the inventory's order. */
  hosts(group: string): readonly Host[];
  /** A declared fact, as read from a host; undefined if the host could not be reached. */
  fact<Value>(fact: Fact<Value>, host: string): Value | undefined;
  /** Another role's variables on a host. `vars` is that role's schema. Its defaults apply if no play has that role. */
  varsOf<Schema extends z.ZodObject>(vars: Schema, host: Host): z.output<Schema>;
  /** A secret that the role declares. */
  secret(name: string): Secret;
  /** A certificate that the role declares for this host. */
  certificate(name: string): Certificate;
  /** What `build` made. */
  readonly blob: Blob | undefined;
  /** What all roles of the site open, and where they connect to, host by host: for a firewall. */
  traffic(): Traffic;
}

/** A port that a role listens on, and who may connect. The firewall and its table are made from these. */
export interface Opening {
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "vrrp";
  /** `everyone`, `control` (the control machine), or a group of the inventory. */
  readonly from: readonly string[];
  /** The public address, the machine's own, or any that it has. */
  readonly at: "public" | "own" | "any";
  readonly purpose: string;
}

/** A connection that a role's programs make to the outside of the site. */
export interface Reaching {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Accounts that may make it. @default everyone on the host */
  readonly users?: readonly string[];
  readonly purpose: string;
}

/** All openings and all connections to the outside, with the host and the role of each. */
export interface Traffic {
  readonly opens: readonly (Opening & Owner)[];
  readonly reaches: readonly (Reaching & Owner)[];
}

export interface Owner {
  readonly host: Host;
  readonly role: string;
}

/** An endpoint with metrics in Prometheus' format. */
export interface Metric {
  readonly port: number;
  readonly path: string;
}

/** An alerting rule in Prometheus' language, and how long it must hold: `30s`. */
export interface Alert {
  readonly name: string;
  readonly expression: string;
  readonly for: string;
  /** What a person should do. */
  readonly summary: string;
}

interface Definition<Schema extends z.ZodObject> {
  /** One line: what it is for. */
  readonly summary: string;
  /** Every variable, with its default and a line of documentation. Other variables are refused. */
  readonly vars: Schema;
  /** Names in `.env`, each with what it is for. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Certificates that its host needs, with the names of each. Called before any fact is read. */
  certificates?(
    context: Pick<Context<z.output<Schema>>, "vars" | "host" | "inventory" | "hosts">,
  ): readonly CertificateRequest[];
  /** Facts that the role reads, and the group whose hosts they are read from. */
  readonly facts?: { readonly group: string; readonly read: readonly Fact<unknown>[] };
  /** Builds on the control machine a file for the hosts. Must be quick if nothing has changed. */
  readonly build?: () => Promise<Blob>;
  /** What the control machine keeps of the host after a run; nothing if it has that. */
  keeps?(context: Context<z.output<Schema>>): readonly Keeping[];
  /** Where its metrics are. For a monitoring role; nothing reads them yet. */
  metrics?(context: Context<z.output<Schema>>): readonly Metric[];
  /** Alerting rules about those metrics. */
  alerts?(context: Context<z.output<Schema>>): readonly Alert[];
  resources(context: Context<z.output<Schema>>): readonly (Resource | false | undefined)[];
  opens?(context: Context<z.output<Schema>>): readonly Opening[];
  reaches?(context: Context<z.output<Schema>>): readonly Reaching[];
  smokeTests?(context: Context<z.output<Schema>>): readonly SmokeTest[];
}

/** A role as plays hold it: its variables have no static type any more. */
export interface Role extends Definition<z.ZodObject> {
  readonly name: string;
  /**
   * The schema that the role was defined with: other roles refer to it by this object. `vars` is the same schema, but
   * it refuses unknown variables.
   */
  readonly declared: z.ZodObject;
  /** Variables that the play gives. They override all others. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Defines a role. A play calls the result, with variables that differ there: `haproxy({ balance: "leastconn" })`. */
export function role<Schema extends z.ZodObject>(
  name: string,
  definition: Definition<Schema>,
): (vars?: Partial<z.input<Schema>>) => Role {
  const strict = definition.vars.strict() as z.ZodObject;
  return (given = {}) => ({
    ...(definition as unknown as Definition<z.ZodObject>),
    vars: strict,
    declared: definition.vars,
    name,
    given,
  });
}

/**
 * A role's variables on a host: defaults, overridden by the inventory (all, group, host), then by the play. Throws
 * CompileError if they do not fit the schema.
 */
export function varsOf(role: Role, host: Host, file: string): Record<string, unknown> {
  const parsed = role.vars.safeParse({ ...host.vars[role.name], ...role.given });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `vars/${role.name}/${path.join("/")}: ${message}`,
  );
  throw new CompileError(`${file}: variables of role ${role.name} on ${host.name}: ${problems.join("; ")}`);
}
