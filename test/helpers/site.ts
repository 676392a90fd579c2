import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Resource, role } from "../../engine/index.ts";
import { readInventory } from "../../engine/model/inventory/index.ts";
import type { RunEvent } from "../../engine/run/events.ts";
import { provision, type RunOptions } from "../../engine/run/run.ts";
import { Sandbox } from "./sandbox.ts";
import { scratchProject } from "./scratch.ts";
import { type HostOptions, newKey, SshHost } from "./ssh-host.ts";

/** Some test hosts and their inventory, in their own project directory. */
export interface Machines {
  readonly hosts: Readonly<Record<string, SshHost>>;
  readonly boxes: Readonly<Record<string, Sandbox>>;
  readonly dir: string;
  /** Runs a site on the hosts. Returns exit code and events. */
  run(
    options: Partial<RunOptions> & Pick<RunOptions, "site">,
    onEvent?: (event: RunEvent) => void,
  ): Promise<Ran>;
}

export interface Ran {
  readonly code: number;
  readonly events: readonly RunEvent[];
  /** How each host ended, without zero counts: `web-01 done ok 1 changed 2 execs 1`. */
  readonly recap: readonly string[];
}

interface Wanted extends Partial<HostOptions> {
  readonly user?: string;
  /** Whether the host is down: nothing listens on its port. */
  readonly down?: boolean;
}

/** Starts hosts by name. Hosts named web-… are in the group `web`, hosts named db-… in `database`. */
export async function machines(wanted: Readonly<Record<string, Wanted>>): Promise<Machines> {
  const dir = scratchProject();
  const key = newKey();
  writeFileSync(join(dir, "key"), key.private, { mode: 0o600 });
  const hosts: Record<string, SshHost> = {};
  const boxes: Record<string, Sandbox> = {};
  const entries: string[] = [];
  for (const [index, [name, options]] of Object.entries(wanted).entries()) {
    const address = `127.0.0.${index + 11}`;
    const box = new Sandbox();
    const host = await SshHost.start({ authorized: [key.public], box, address, ...options }, () =>
      box.remove(),
    );
    if (options.down) await host.stop();
    hosts[name] = host;
    boxes[name] = box;
    entries.push(
      `  ${name}: { address: ${address}, ssh: { user: ${options.user ?? "root"}, port: ${host.port}, key: ${join(dir, "key")} } }`,
    );
  }
  const named = (prefix: string) => Object.keys(wanted).filter((name) => name.startsWith(prefix));
  const groups = { web: named("web"), database: named("db") };
  const lines = Object.entries(groups).flatMap(([group, names]) =>
    names.length > 0 ? [`  ${group}: { hosts: [${names}] }`] : [],
  );
  const file = join(dir, "inventory.yaml");
  writeFileSync(
    file,
    ["domain: foobar.com", "public_address: 127.0.0.10", "hosts:", ...entries, "groups:", ...lines, ""].join(
      "\n",
    ),
  );
  return {
    hosts,
    boxes,
    dir,
    async run(options, onEvent) {
      const events: RunEvent[] = [];
      const code = await provision({ inventory: readInventory(file), mode: "apply", ...options }, (event) => {
        events.push(event);
        onEvent?.(event);
      });
      return { code, events, recap: recapOf(events) };
    },
  };
}

/** A role with the given resources. `resources` gets the host's name, so they may differ between hosts. */
export function roleOf(name: string, resources: (host: string) => readonly Resource[]) {
  return role(name, { summary: name, vars: z.object({}), resources: ({ host }) => resources(host.name) })();
}

// --- internal ---

function recapOf(events: readonly RunEvent[]): string[] {
  const end = events.at(-1);
  if (end?.type !== "end") throw new Error(`the last event of a run is ${end?.type}, not its end`);
  return end.hosts.map(({ host, outcome, ms: _ms, ...counts }) => {
    const shown = Object.entries(counts).filter(([, n]) => n > 0);
    return [host, outcome, ...shown.map(([word, n]) => `${word} ${n}`)].join(" ");
  });
}
