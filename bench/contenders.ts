import { resolve } from "node:path";
import { measured } from "./bench.ts";
import { type Control, WORK } from "./control.ts";

/** What a run took, and how many changes it says that it made. */
export interface Ran {
  readonly ms: number;
  readonly changed: number;
}

/** One who makes machines from a description; all of them do the same. */
export interface Contender {
  readonly name: string;
  /** All roles, with an inventory that may differ in a variable. */
  readonly site: (inventory: string) => Promise<Ran>;
  /** One role. */
  readonly role: (inventory: string, role: string) => Promise<Ran>;
  /** What would change, with differences of files. */
  readonly plan: (inventory: string) => Promise<Ran>;
  /** What bare machines need beforehand, in milliseconds. */
  readonly prepare?: () => Promise<number>;
}

/** The project's own command. */
export const quintet: Contender = {
  name: "Quintet",
  site: (inventory) => provision(inventory),
  role: (inventory, role) => provision(inventory, "--role", role),
  plan: (inventory) => provision(inventory, "--check", "--diff"),
};

/** Ansible with its own strategy, or with Mitogen's. Its inventory is where writeWork has put it. */
export function ansible(control: Control, { mitogen }: { mitogen: boolean }): Contender {
  const play = (book: string, ...flags: string[]) => playWith({ mitogen }, book, ...flags);
  const playWith = async (strategy: { mitogen: boolean }, book: string, ...flags: string[]): Promise<Ran> => {
    const argv = ["--inventory", `${WORK}/inventory/hosts.json`, book, ...flags];
    const { ms, stdout } = await control.run(argv, strategy);
    const changes = [...stdout.matchAll(/ changed=(\d+) /g)].map(([, changed]) => Number(changed));
    if (changes.length === 0) throw new Error(`ansible-playbook ${book} says nothing of changes:\n${stdout}`);
    return { ms, changed: changes.reduce((a, b) => a + b) };
  };
  return {
    name: mitogen ? "Ansible with Mitogen" : "Ansible",
    site: () => play("site.yml"),
    role: (_, role) => play("site.yml", "--tags", role),
    plan: () => play("site.yml", "--check", "--diff"),
    // Mitogen works through Python on the machine, so it cannot bring it there.
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
