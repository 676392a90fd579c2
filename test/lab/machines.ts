import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { RunEvent } from "../../engine/run/events.ts";

export { eventually } from "../../engine/util/eventually.ts";

import { readInventory } from "../../engine/model/inventory/index.ts";
import { PKI } from "../../engine/pki/certificates.ts";
import { httpRequest as ask, type HttpQuestion } from "../../engine/util/http.ts";
import { checkPlatform, type OpenLab, openLab } from "../../lab/index.ts";
import type { Home } from "../helpers/home.ts";

/** What a run of `npm run provision` did, according to its JSON events. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly events: readonly RunEvent[];
  /** `host role resource` of everything that the run changed, or that the plan wants to change. */
  readonly changed: readonly string[];
  readonly unknown: readonly string[];
  /** `host handler` of everything that was made to read its files again, or would be. */
  readonly handlers: readonly string[];
  readonly execs: Readonly<Record<string, number>>;
}

export const INVENTORY = "inventory/five.yaml";

/** Whether the lab can run here. If not, the stories are reported as skipped. */
export const canRun = (() => {
  try {
    checkPlatform();
    return true;
  } catch {
    return false;
  }
})();

// If vitest is killed, its worker must end too. Otherwise it would go on with its stories on the next run's machines.
process.once("disconnect", () => process.exit(1));

const inventory = readInventory(INVENTORY);
export const lab = openLab(inventory);
export const { hosts } = inventory;

/** Runs the real script in its own process. */
export async function provision(...flags: string[]): Promise<Ran> {
  const { child, done } = start("scripts/provision.ts", ["--json", ...flags]);
  child.stdin.end();
  return readRun(await done);
}

/** Starts a script, with `as` as a user with another home. `done` resolves with its output when it ends. */
export function start(script: string, flags: readonly string[], as?: { home: Home; before: string }) {
  const argv = ["node", "scripts/lib/start.mjs", basename(script, ".ts"), ...flags];
  const [command = "", ...args] = as ? as.home.command(argv, as.before) : argv;
  const child = spawn(command, args, { env: { ...(as?.home.env ?? process.env), FORCE_COLOR: "0" } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const done = new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { child, done, printed: () => stdout };
}

/** Runs a script to its end. */
export async function run(script: string, ...flags: string[]) {
  const { child, done } = start(script, flags);
  child.stdin.end();
  return done;
}

export function readRun({
  exitCode,
  stdout,
  stderr,
}: {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}): Ran {
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as RunEvent);
  const of = (type: "changed" | "unknown") =>
    events
      .flatMap((event) => (event.type === type ? [`${event.host} ${event.role} ${event.resource}`] : []))
      .sort();
  const handlers = events.flatMap((event) =>
    event.type === "handler" ? [`${event.host} ${event.handler}`] : [],
  );
  const end = events.find((event) => event.type === "end");
  const execs = Object.fromEntries(
    end?.type === "end" ? end.hosts.map(({ host, execs }) => [host, execs]) : [],
  );
  return { exitCode, stderr, events, changed: of("changed"), unknown: of("unknown"), handlers, execs };
}

/** Runs shell inside a machine as root. If it fails, throws an error with its output. */
export async function inside(host: string, script: string, machines: OpenLab = lab): Promise<string> {
  const { exitCode, stdout, stderr } = await machines.execIn(host, ["sh", "-c", script]);
  if (exitCode !== 0) throw new Error(`${host}: exit code ${exitCode}: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Sends a request to the site's public address, as a visitor who trusts its CA. */
export async function visit(path = "/", question: Partial<HttpQuestion> = {}) {
  const authority = readFileSync(join(PKI, "ca.pem"), "utf8");
  const { status, headers, body } = await ask(
    inventory.publicAddress,
    { host: `www.${inventory.domain}`, path, ...question },
    authority,
  );
  return { status, servedBy: headers.get("x-served-by"), database: headers.get("x-database"), body };
}

/** Runs the smoke tests. Returns their names, or throws an error with the ones that failed. */
export async function smoke(...flags: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await run("scripts/smoke.ts", "--json", ...flags);
  const results = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  const failed = results.filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);
  if (exitCode !== 0 || failed.length > 0)
    throw new Error(`smoke: exit code ${exitCode}\n${failed.join("\n")}\n${stderr}`);
  return results.map(({ name }) => name);
}

/**
 * Shell that prints a machine's state without using the engine: hashes of configuration files, packages, start times of
 * services, and MySQL's accounts, privileges and transactions. Leaves out what changes by itself.
 */
export const FINGERPRINT = `
  find /etc /usr/local /srv -xdev \\( -type f -o -type l \\) ! -path '/etc/mtab' -printf '%p %y %u:%g %m %l\\n' | sort
  find /etc /usr/local /srv -xdev -type f -print0 | sort -z | xargs -0 sha256sum
  dpkg-query -W -f '\${Package} \${Version} \${db:Status-Abbrev}\\n'
  systemctl list-units --type=service,socket --state=active --plain --no-legend | awk '{ print $1 }' | grep -Ev '^(user|session|systemd-(hostnamed|timedated|localed))' | sort |
    xargs systemctl show -p Id,ActiveEnterTimestampMonotonic,UnitFileState
  ls -A /var/lib/quintet/pending
  sysctl -a 2>/dev/null | grep -E '^net.ipv4.(ip_nonlocal_bind|ip_forward)'
  [ ! -x /usr/bin/mysql ] || mysql --no-defaults -NB -e "
    SELECT @@GLOBAL.gtid_executed, @@GLOBAL.super_read_only;
    SELECT user, host, authentication_string, User_attributes, ssl_type FROM mysql.user ORDER BY 1, 2;
    SELECT * FROM information_schema.user_privileges ORDER BY 1, 3; SELECT * FROM information_schema.schema_privileges ORDER BY 1, 3, 4" 2>/dev/null
  true`;

/** Writes a changed copy of the default inventory, and returns its path. */
export function inventoryWith(change: (yaml: string) => string, base = INVENTORY): string {
  const file = join(mkdtempSync(join(tmpdir(), "quintet-")), "inventory.yaml");
  writeFileSync(file, change(readFileSync(base, "utf8")));
  return file;
}

/** A visitor who sends requests until stopped. `stop` returns how many, and the answers that were not 200. */
export function visitor(path = "/healthz") {
  let going = true;
  const failures: string[] = [];
  let asked = 0;
  const loop = (async () => {
    while (going) {
      asked++;
      await visit(path).then(
        ({ status, servedBy }) => status === 200 || failures.push(`${status} by ${servedBy}`),
        (error: Error) => failures.push(error.message),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      going = false;
      await loop;
      return { asked, failures };
    },
  };
}
