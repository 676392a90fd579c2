import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Opening, SmokeTest } from "../../engine/index.ts";
import type { Certificate } from "../../engine/model/certificate.ts";
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

/** What a role says of one host. */
export interface Said {
  readonly ids: readonly string[];
  /** Content of a file as reports show it: secrets masked. */
  file(path: string): string;
  /** The same of any resource that has a content. */
  content(id: string): string;
  /** Handlers that a resource notifies. */
  notified(id: string): readonly string[];
  readonly opens: readonly Opening[];
  readonly smokeTests: readonly SmokeTest[];
}

export const five = readInventory("inventory/five.yaml");
export const six = readInventory("inventory/six.yaml");

/** An archive that nobody opens. */
export const BLOB: Blob = { file: "/nowhere.tar.gz", sha256: "0123456789abcdef".repeat(4), size: 10 };

/** A certificate that nobody reads. */
const paper = (name: string): Certificate => ({
  key: new Secret(`${name}.key`, `${name}-key`),
  chain: `${name}-chain`,
  authority: "authority",
  expires: new Date("2030-01-01"),
});

/** The default inventory after an edit of its YAML, as a user would make it. */
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

/** A fourth web server, which is a balancer as well. */
export function withWeb04(yaml: string): string {
  return yaml
    .replace("  db-01:", "  web-04: { address: 192.168.56.24 }\n  db-01:")
    .replaceAll("[web-01, web-02, web-03]", "[web-01, web-02, web-03, web-04]");
}

/** Asks a role what a host should be; `also` is what its certificates have beside what all have, `site` all that there is. */
export function say(
  role: Role,
  inventory: Inventory,
  name: string,
  also: Partial<Certificate> = {},
  site: Site = wholeSite,
): Said {
  const host = inventory.hosts.find((one) => one.name === name);
  if (!host) throw new Error(`${inventory.file} has no ${name}`);
  const secrets = Object.keys(role.secrets ?? {}).map(
    (key) => [key, new Secret(key, `${key}-value`)] as const,
  );
  const certificates = requestsOf([{ role, host }], inventory).map(
    ({ name }) => [name, { ...paper(name), ...also }] as const,
  );
  const given = testInputs({
    site,
    inventory,
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
