import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Opening, SmokeTest } from "../../engine/index.ts";
import type { Certificate } from "../../engine/model/certificate.ts";
import { Facts } from "../../engine/model/fact.ts";
import { type Inventory, readInventory } from "../../engine/model/inventory/index.ts";
import type { Site } from "../../engine/model/play.ts";
import type { Blob } from "../../engine/model/resource.ts";
import type { Role } from "../../engine/model/role.ts";
import { requestsOf } from "../../engine/plan/certificate-requests.ts";
import { contextOf } from "../../engine/plan/context.ts";
import { hostPlanFor } from "../../engine/plan/host-plan.ts";
import { Secret } from "../../engine/template/secret.ts";
import { Text } from "../../engine/template/text.ts";
import wholeSite from "../../site.ts";
import { testInputs } from "./plan-inputs.ts";

/** What a role declares for one host. */
export interface Said {
  readonly ids: readonly string[];
  /** A file's content as reports show it, with secrets masked. */
  file(path: string): string;
  /** The same for any resource with content. */
  content(id: string): string;
  /** Handlers that a resource notifies. */
  notified(id: string): readonly string[];
  readonly opens: readonly Opening[];
  readonly smokeTests: readonly SmokeTest[];
}

export const five = readInventory("inventory/five.yaml");
export const six = readInventory("inventory/six.yaml");

/** A release archive that no test opens. */
export const BLOB: Blob = { file: "/nowhere.tar.gz", sha256: "0123456789abcdef".repeat(4), size: 10 };

/** A certificate that no test parses. */
const paper = (name: string): Certificate => ({
  key: new Secret(`${name}.key`, `${name}-key`),
  chain: `${name}-chain`,
  authority: "authority",
  expires: new Date("2030-01-01"),
});

/** The default inventory with its YAML edited, as a user would do it. */
export function fiveWith(edit: (yaml: string) => string): Inventory {
  const folder = mkdtempSync(join(tmpdir(), "quintet-"));
  try {
    const file = join(folder, "edited.yaml");
    writeFileSync(file, edit(readFileSync("inventory/five.yaml", "utf8")));
    return readInventory(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Adds a fourth web server, which is also a balancer. It is no member of the quorum. */
export function withWeb04(yaml: string): string {
  return yaml
    .replace("  db-01:", "  web-04: { address: 192.168.56.24 }\n  db-01:")
    .replaceAll(/(balancer|web): \{ hosts: \[web-01, web-02, web-03/g, "$&, web-04");
}

export interface SayOptions {
  /** Fields to add to the role's certificates. */
  readonly certificate?: Partial<Certificate>;
  /** @default the project's own */
  readonly site?: Site;
  /** What each host printed for the role's only fact. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** Evaluates a role for a host. */
export function say(
  role: Role,
  inventory: Inventory,
  name: string,
  { certificate = {}, site = wholeSite, facts: printed = {} }: SayOptions = {},
): Said {
  const host = inventory.hosts.find((one) => one.name === name);
  if (!host) throw new Error(`${inventory.file} has no ${name}`);
  const secrets = Object.keys(role.secrets ?? {}).map(
    (key) => [key, new Secret(key, `${key}-value`)] as const,
  );
  const certificates = requestsOf([{ role, host }], inventory).map(
    ({ name }) => [name, { ...paper(name), ...certificate }] as const,
  );
  const facts = new Facts();
  for (const fact of role.facts?.read ?? [])
    for (const [host, output] of Object.entries(printed)) facts.set(host, fact.name, fact.parse(output));
  const given = testInputs({
    site,
    inventory,
    facts,
    secrets: new Map(secrets),
    blobs: new Map(role.build ? [[role.name, BLOB]] : []),
    certificates: new Map(certificates),
  });
  const context = contextOf(role, host, given);
  const resources = hostPlanFor(host, [role], given).resources.map(({ resource }) => resource);
  const find = (id: string) => {
    const found = resources.find((resource) => resource.id === id);
    if (!found) throw new Error(`the role has no ${id}, only ${resources.map((one) => one.id).join(", ")}`);
    return found;
  };
  const shown = (content: unknown) => (content instanceof Text ? content.masked : "");
  return {
    ids: resources.map(({ id }) => id),
    file: (path) => {
      const inSet = resources.flatMap(({ files }) => files?.[path] ?? [])[0];
      return shown(inSet ?? find(`file[${path}]`).content);
    },
    content: (id) => shown(find(id).content),
    notified: (id) => find(id).notify.map((handler) => handler.name),
    opens: role.opens?.(context) ?? [],
    smokeTests: role.smokeTests?.(context) ?? [],
  };
}
