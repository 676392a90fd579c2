import type { Inventory } from "../engine/model/inventory/index.ts";
import { eventually } from "../engine/util/eventually.ts";
import type { OpenLab } from "../lab/index.ts";
import { FILES, PORT } from "../roles/failover/places.ts";

/** Who is what, as the store has it. */
export interface Pair {
  readonly primary: string;
  readonly standby: string;
  readonly term: number;
}

/** What a manager says of itself, as far as it is needed here. */
interface Health {
  readonly store: { readonly leader: string; readonly sync: Pair };
  readonly mysql: { readonly open: boolean; readonly waits: boolean; readonly receives: string | null };
}

/** The machines of the lab, with the site on them. */
export class Machines {
  readonly inventory: Inventory;
  readonly lab: OpenLab;

  constructor(inventory: Inventory, lab: OpenLab) {
    this.inventory = inventory;
    this.lab = lab;
  }

  /** Names of a group's machines. */
  names(group: string): string[] {
    return (this.inventory.groups[group] ?? []).map(({ name }) => name);
  }

  /** Their addresses, for nftables: `{ 192.168.56.11, 192.168.56.12 }`. */
  addresses(group: string): string {
    return `{ ${(this.inventory.groups[group] ?? []).map(({ address }) => address).join(", ")} }`;
  }

  /** Runs shell on a machine as root. Throws if it fails. */
  async run(host: string, script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.execIn(host, ["sh", "-c", script]);
    if (exitCode !== 0) throw new Error(`${host}: exit code ${exitCode}: ${stdout}${stderr}`);
    return stdout.trim();
  }

  sql(host: string, statements: string): Promise<string> {
    return this.run(host, `mysql --no-defaults -NB -e "${statements}"`);
  }

  /** Sends a unit's processes a signal. */
  async signal(host: string, unit: string, name: string): Promise<void> {
    await this.run(host, `systemctl kill --signal=${name} ${unit}`);
  }

  /** Waits for a primary that takes writes and waits for its standby, which follows it. Throws why there is none. */
  whole(seconds: number): Promise<Pair> {
    return eventually(seconds, () => this.#pair());
  }

  // --- internal ---

  async #told(host: string): Promise<Health> {
    const url = `https://$(hostname --fqdn):${PORT}/health`;
    return JSON.parse(await this.run(host, `curl -s --max-time 2 --cacert ${FILES.authority} ${url}`));
  }

  async #pair(): Promise<Pair> {
    const [first = ""] = this.names("database");
    const { primary, standby, term } = (await this.#told(first)).store.sync;
    const known = this.names("database");
    if (!known.includes(primary) || !known.includes(standby))
      throw new Error(`the store says primary ${primary}, standby ${standby}`);
    const [one, other] = [await this.#told(primary), await this.#told(standby)];
    const isWhole = one.mysql?.open && one.mysql.waits && one.store.leader === primary;
    if (!isWhole || other.mysql?.open || other.mysql?.receives !== primary)
      throw new Error(
        `${primary} says ${JSON.stringify(one.mysql)}, ${standby} ${JSON.stringify(other.mysql)}`,
      );
    return { primary, standby, term };
  }
}
