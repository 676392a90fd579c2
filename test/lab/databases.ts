import { expect } from "vitest";
import { readInventory } from "../../engine/model/inventory/index.ts";
import { openLab } from "../../lab/index.ts";
import { FILES, PORT } from "../../roles/failover/places.ts";
import { FAILOVER_KEYS } from "../../roles/shared/store.ts";
import { eventually, hosts, inside, inventoryWith } from "./machines.ts";

/** The two databases of the lab, and their managers. */
export const DATABASES = ["db-01", "db-02"];

export interface Pair {
  readonly primary: string;
  readonly standby: string;
  readonly term: number;
}

/** An inventory with a database more: db-03. */
export const threeDatabases = () =>
  inventoryWith((yaml) =>
    yaml
      .replace("\ngroups:", "\n  db-03: { address: 192.168.56.18 }\n\ngroups:")
      .replace("[db-01, db-02]", "[db-01, db-02, db-03]"),
  );

/** Runs SQL on a machine, as root. */
export const sql = (host: string, statements: string) =>
  on(host, `mysql --no-defaults -NB -e "${statements}"`);

/** Sends MySQL a signal. */
export const signal = (host: string, name: string) => inside(host, `systemctl kill --signal=${name} mysql`);

export const ctl = (command: string) => inside("web-01", `/usr/local/lib/quintet/etcdctl ${command}`);

/** What a machine's manager answers. */
export async function asked(host: string, what: string): Promise<string> {
  return on(
    host,
    `curl -s --max-time 2 --cacert ${FILES.authority} https://$(hostname --fqdn):${PORT}/${what}`,
  );
}

/** What it says about itself. */
export const told = async (host: string) => JSON.parse(await asked(host, "health"));

/** How often a manager has done a step since its start. */
export async function steps(host: string, step: string): Promise<number> {
  const found = new RegExp(`_steps_total\\{step="${step}"\\} (\\d+)`).exec(await asked(host, "metrics"));
  return Number(found?.[1] ?? 0);
}

export async function isPrimary(host: string): Promise<void> {
  const { store, mysql } = await told(host);
  expect([store.sync.primary, mysql.open]).toEqual([host, true]);
}

export async function isAlone(host: string): Promise<void> {
  expect((await told(host)).store.sync).toMatchObject({ primary: host, standby: null });
}

/** Waits for a pair: a primary that takes writes and waits for its standby, which follows it. Of any two, or with this primary. */
export async function pair(wanted?: string, seconds = 90): Promise<Pair> {
  let found = { primary: "", standby: "", term: 0 };
  await eventually(seconds, async () => {
    const { primary, standby, term } = (await told("db-01")).store.sync;
    found = { primary, standby, term };
    expect(new Set([primary, standby])).toEqual(new Set(DATABASES));
    const [one, other] = [await told(primary), await told(standby)];
    expect([one.store.leader, wanted ?? primary]).toEqual([primary, primary]);
    expect([one.mysql, other.mysql]).toMatchObject([
      { open: true, waits: true },
      { open: false, receives: primary },
    ]);
  });
  return found;
}

/** Asks the managers for this primary. */
export async function wants(name: string): Promise<void> {
  const { store } = await told(name);
  await ctl(`put ${FAILOVER_KEYS}wanted '${store.sync.term} ${name}'`);
}

/** Waits for a pair with this primary; if it is another one, they change over. */
export async function primaryIs(name: string): Promise<void> {
  if ((await pair()).primary !== name) await wants(name);
  await pair(name);
}

// --- internal ---

/** Like `inside`, for db-03 too, which the usual inventory does not have. */
const on = (host: string, script: string) =>
  hosts.some(({ name }) => name === host)
    ? inside(host, script)
    : inside(host, script, openLab(readInventory(threeDatabases())));
