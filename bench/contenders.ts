import { resolve } from "node:path";
import { measured } from "./bench.ts";
import { type Control, WORK } from "./control.ts";

/** A run's duration, and how many changes it reported. */
export interface Ran {
  readonly ms: number;
  readonly changed: number;
}

/** A provisioning tool that is measured. All contenders set up the same machines. */
export interface Contender {
  readonly name: string;
  /** Runs all roles. The inventory may differ in one variable. */
  readonly site: (inventory: string) => Promise<Ran>;
  /** Runs one role. */
  readonly role: (inventory: string, role: string) => Promise<Ran>;
  /** Plans what would change, with diffs of files. */
  readonly plan: (inventory: string) => Promise<Ran>;
  /** Prepares bare machines for this contender. Returns the duration in milliseconds. */
  readonly prepare?: () => Promise<number>;
}

/** The project's own command. */
export const quintet: Contender = {
  name: "Quintet",
  site: (inventory) => provision(inventory),
  role: (inventory, role) => provision(inventory, "--role", role),
  plan: (inventory) => provision(inventory, "--check", "--diff"),
};

/** Ansible with its own strategy or with Mitogen's. It uses the inventory that writeWork wrote. */
export function ansible(control: Control, { mitogen }: { mitogen: boolean }): Contender {
  const play = (book: string, ...flags: string[]) => playWith({ mitogen }, book, ...flags);
  const playWith = async (strategy: { mitogen: boolean }, book: string, ...flags: string[]): Promise<Ran> => {
    const argv = ["--inventory", `${WORK}/inventory/hosts.json`, book, ...flags];
    const { ms, stdout } = await control.run(argv, strategy);
    const changes = [...stdout.matchAll(/ changed=(\d+) /g)].map(([, changed]) => Number(changed));
    if (changes.length === 0) throw new Error(`ansible-playbook ${book} printed no changed=N:\n${stdout}`);
    return { ms, changed: changes.reduce((a, b) => a + b) };
  };
  return {
    name: mitogen ? "Ansible with Mitogen" : "Ansible",
    site: () => play("site.yml"),
    role: (_, role) => play("site.yml", "--tags", role),
    plan: () => play("site.yml", "--check", "--diff"),
    // Mitogen needs Python on the machine, so it cannot install Python itself.
    prepare: async () => (await playWith({ mitogen: false }, "bootstrap.yml")).ms,
  };
}

// --- internal ---

async function provision(inventory: string, ...flags: string[]): Promise<Ran> {
  const argv = ["run", "-s", "provision", "--", "--json", "-i", resolve(inventory), ...flags];
  const { ms, stdout } = await measured("npm", argv);
  const changed = stdout.split("\n").filter((line) => line.startsWith('{"type":"changed"'));
  return { ms, changed: changed.length };
}
