import type { z } from "zod";
import type { Secret } from "../template/secret.ts";
import { CompileError } from "../util/errors.ts";
import type { Certificate, CertificateRequest } from "./certificate.ts";
import type { Fact } from "./fact.ts";
import type { Host, Inventory } from "./inventory/index.ts";
import type { Blob, Resource } from "./resource.ts";
import type { SmokeTest } from "./smoke-test.ts";

/** What a role may know: all of it is given, nothing is fetched, so that a role can be printed, compared and tested. */
export interface Context<Vars> {
  readonly vars: Vars;
  readonly host: Host;
  readonly inventory: Inventory;
  /** The hosts of a group, in the inventory's order. */
  hosts(group: string): readonly Host[];
  /** What was read from a host, of a fact that the role declares; undefined when the host could not be reached. */
  fact<Value>(fact: Fact<Value>, host: string): Value | undefined;
  /** The variables of another role on a host: of the role whose `vars` these are, or their defaults where no play has it. */
  varsOf<Schema extends z.ZodObject>(vars: Schema, host: Host): z.output<Schema>;
  /** A secret that the role declares. */
  secret(name: string): Secret;
  /** A certificate that the role declares for this host. */
  certificate(name: string): Certificate;
  /** What `build` made. */
  readonly blob: Blob | undefined;
  /** What the roles of the whole site listen on and where they go, host by host: for a firewall. */
  traffic(): Traffic;
}

/** A port that a role listens on, and who may come: the firewall and the docs are made of these. */
export interface Opening {
  readonly port: number;
  readonly protocol: "tcp" | "udp" | "vrrp";
  /** `everyone`, `control` for the control machine, or a group of the inventory. */
  readonly from: readonly string[];
  /** The public address, the machine's own, or whichever it has. */
  readonly at: "public" | "own" | "any";
  readonly purpose: string;
}

/** Where a role's programs go outside the site, and as whom. */
export interface Reaching {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Accounts that may; everyone on the host unless given. */
  readonly users?: readonly string[];
  readonly purpose: string;
}

/** Every opening and every way out of a site, with the host and the role that each belongs to. */
export interface Traffic {
  readonly opens: readonly (Opening & Owner)[];
  readonly reaches: readonly (Reaching & Owner)[];
}

export interface Owner {
  readonly host: Host;
  readonly role: string;
}

/** An endpoint with figures in Prometheus' format. */
export interface Metric {
  readonly port: number;
  readonly path: string;
}

/** A rule in Prometheus' language, and for how long it must hold: `30s`. */
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
  /** Every variable with its default and a line of documentation. Others are refused. */
  readonly vars: Schema;
  /** Names in `.env`, each with what it is for. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Certificates that its host needs, each with the names it is good for. Asked before anything is read. */
  certificates?(
    context: Pick<Context<z.output<Schema>>, "vars" | "host" | "inventory" | "hosts">,
  ): readonly CertificateRequest[];
  /** Facts that the role reads, and the group whose hosts they are read from. */
  readonly facts?: { readonly group: string; readonly read: readonly Fact<unknown>[] };
  /** Builds on the control machine what hosts are sent; must be quick when nothing has changed. */
  readonly build?: () => Promise<Blob>;
  /** Where figures about it are to be had: for a monitoring role, and for nothing else yet. */
  metrics?(context: Context<z.output<Schema>>): readonly Metric[];
  /** Rules that watch those figures. */
  alerts?(context: Context<z.output<Schema>>): readonly Alert[];
  resources(context: Context<z.output<Schema>>): readonly (Resource | false | undefined)[];
  opens?(context: Context<z.output<Schema>>): readonly Opening[];
  reaches?(context: Context<z.output<Schema>>): readonly Reaching[];
  smokeTests?(context: Context<z.output<Schema>>): readonly SmokeTest[];
}

/** A role of unknown variables, as plays hold it. */
export interface Role extends Definition<z.ZodObject> {
  readonly name: string;
  /** Its variables as it declares them, by which other roles name it; `vars` refuses what is not among them. */
  readonly declared: z.ZodObject;
  /** Variables that the play gives, the strongest of all. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Defines a role. Called in a play with the variables that differ there: `haproxy({ balance: "leastconn" })`. */
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

/** A role's variables on a host: defaults, then the inventory (all, group, host), then the play. Throws CompileError. */
export function varsOf(role: Role, host: Host, file: string): Record<string, unknown> {
  const parsed = role.vars.safeParse({ ...host.vars[role.name], ...role.given });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `vars/${role.name}/${path.join("/")}: ${message}`,
  );
  throw new CompileError(`${file}: variables of role ${role.name} on ${host.name}: ${problems.join("; ")}`);
}
