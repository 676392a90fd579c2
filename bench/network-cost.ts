import type { Inventory } from "../engine/model/inventory/index.ts";
import type { OpenLab } from "../lab/index.ts";
import { run } from "../lab/run.ts";

/** The network traffic of a run with one host. */
export interface NetworkCost {
  /** SSH connections. */
  readonly connections: number;
  /** Sessions in these connections. Each is a command or a file transfer. */
  readonly sessions: number;
  /** IP bytes to port 22, and `received` from port 22. */
  readonly sent: number;
  readonly received: number;
}

const TABLE = "quintet-bench";

/** Counts the SSH traffic of the work, with sshd's journals and this computer's packet filter. */
export async function networkCostOf<Result>(
  inventory: Inventory,
  lab: OpenLab,
  work: () => Promise<Result>,
): Promise<{ ran: Result; costs: Record<string, NetworkCost> }> {
  const before = await journals(inventory, lab);
  await run({ input: rules(inventory) })`nft -f -`;
  try {
    const ran = await work();
    const bytes = await counters();
    const after = await journals(inventory, lab);
    const costs = inventory.hosts.map(({ name }, at): [string, NetworkCost] => [
      name,
      {
        connections: (after[at]?.connections ?? 0) - (before[at]?.connections ?? 0),
        sessions: (after[at]?.sessions ?? 0) - (before[at]?.sessions ?? 0),
        sent: bytes.get(`to-${name}`) ?? 0,
        received: bytes.get(`from-${name}`) ?? 0,
      },
    ]);
    return { ran, costs: Object.fromEntries(costs) };
  } finally {
    await run({ nothrow: true })`nft delete table inet ${TABLE}`;
  }
}

// --- internal ---

/** sshd logs these lines because the role hardening raises its LogLevel. */
const LOGGED = `journalctl -q -b -o cat -t sshd-session -t sshd |
  awk '/^Accepted publickey/ { c++ } /^Starting session/ { s++ } END { print c + 0, s + 0 }'`;

function journals({ hosts }: Inventory, lab: OpenLab) {
  const asked = hosts.map(async ({ name }) => {
    const { stdout } = await lab.execIn(name, ["sh", "-c", LOGGED]);
    const [connections = 0, sessions = 0] = stdout.trim().split(" ").map(Number);
    return { connections, sessions };
  });
  return Promise.all(asked);
}

const rules = ({ hosts }: Inventory) => `
table inet ${TABLE} {
  ${hosts.map(({ name }) => `counter to-${name} { }\n  counter from-${name} { }`).join("\n  ")}
  chain sent {
    type filter hook output priority 0;
    ${hosts.map(({ name, address }) => `ip daddr ${address} tcp dport 22 counter name to-${name}`).join("\n    ")}
  }
  chain received {
    type filter hook input priority 0;
    ${hosts.map(({ name, address }) => `ip saddr ${address} tcp sport 22 counter name from-${name}`).join("\n    ")}
  }
}
`;

async function counters(): Promise<Map<string, number>> {
  const { stdout } = await run`nft -j list counters table inet ${TABLE}`;
  const { nftables }: { nftables: { counter?: { name: string; bytes: number } }[] } = JSON.parse(stdout);
  return new Map(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.bytes]] : [])));
}
