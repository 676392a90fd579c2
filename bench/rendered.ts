import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Inventory } from "../engine/model/inventory/index.ts";
import type { Resource } from "../engine/model/resource.ts";
import type { Prepared } from "../engine/run/prepare.ts";
import { prepareOnly } from "../engine/run/run.ts";
import { Text } from "../engine/template/text.ts";
import site from "../site.ts";

/**
 * The host plans of all hosts. The other contenders use them to set up the same machines. Secrets and certificates are
 * the stored ones that a run uses too, because the machines would differ with new ones.
 */
export function preparedFor(inventory: Inventory): Promise<Prepared> {
  return prepareOnly({ inventory, site, mode: "apply" });
}

/** Writes all hosts' files with their modes, as `FOLDER/HOST/etc/hosts`. Only the owner can read the folder. */
export function writeRendered({ stages }: Prepared, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { hostPlans } of stages) {
    for (const [host, { resources }] of hostPlans) {
      for (const { resource } of resources) writeFiles(join(folder, host), resource);
    }
  }
}

// --- internal ---

/** Resource types whose name is a file's path and whose content is the file's content. */
const FILE = /^(?:file|ruleset|sshd|kernel)\[(\/.*)\]$/;

function writeFiles(root: string, { id, content, files, expects }: Resource): void {
  const path = FILE.exec(id)?.[1];
  const rendered = files ?? (path !== undefined && content instanceof Text ? { [path]: content } : {});
  for (const [file, text] of Object.entries(rendered)) {
    const mode = expects
      ?.map(({ observe, is }) => observe.key === file && /^f:.*:(\d+):$/.exec(is)?.[1])
      .find(Boolean);
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text.reveal(), { mode: Number.parseInt(mode || "644", 8) });
  }
}
