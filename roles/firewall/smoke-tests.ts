import { type Context, type Host, type Probe, type SmokeTest, sh } from "../../engine/index.ts";
import { type Flow, flowsOf } from "./flows.ts";

/** What a smoke test asks of the firewalls: doors are tried, also those that should be shut. */
export function smokeTests({ inventory, traffic }: Context<unknown>): SmokeTest[] {
  const flows = flowsOf(traffic(), inventory).filter(({ protocol }) => protocol === "tcp");
  return [
    {
      name: "this computer reaches what is open to it, and nothing else",
      run: async (probe) => {
        const doors = doorsOf(flows);
        const open = await Promise.all(
          doors.map(async (door) => ((await probe.connects(door.address, door.port)) ? [nameOf(door)] : [])),
        );
        const wanted = doors.filter((door) =>
          flows.some((flow) => isAt(flow, door) && OURS.includes(flow.from)),
        );
        return compare("this computer", open.flat(), wanted.map(nameOf), doors.length);
      },
    },
    {
      name: "every machine reaches what is open to it, and nothing else",
      run: async (probe) => {
        const seen = await Promise.all(inventory.hosts.map((host) => tryAll(probe, host, flows)));
        return seen.join(", ");
      },
    },
  ];
}

// --- internal ---

/** Those who may be whoever runs this. */
const OURS = ["everyone", "control"];

interface Door {
  readonly address: string;
  readonly port: number;
}

const nameOf = ({ address, port }: Door) => `${address}:${port}`;
const isAt = ({ address, to, port }: Flow, door: Door) =>
  (address ?? to.address) === door.address && port === door.port;

/** Each address and port once. */
function doorsOf(flows: readonly Flow[]): Door[] {
  const doors = flows.map(({ address, to, port }) => ({ address: address ?? to.address, port }));
  return [...new Map(doors.map((door) => [nameOf(door), door])).values()];
}

/** A machine's own doors are open to itself, whatever the table says. */
async function tryAll(probe: Probe, host: Host, flows: readonly Flow[]): Promise<string> {
  const doors = doorsOf(flows).filter(({ address }) => address !== host.address);
  const open = await probe.run(
    host,
    sh`
      # One after the other: a door that is shut is refused at once, by this machine's own rules.
      for door in ${doors.map(nameOf)}; do
        ! timeout 5 bash -c "exec 3<>/dev/tcp/\${door%:*}/\${door#*:}" 2>/dev/null || echo "$door"
      done`,
  );
  const wanted = doors.filter((door) =>
    flows.some(
      (flow) => isAt(flow, door) && (flow.sources?.includes(host.address) ?? flow.from === "everyone"),
    ),
  );
  return compare(host.name, open.split("\n").filter(Boolean), wanted.map(nameOf), doors.length);
}

function compare(who: string, open: readonly string[], wanted: readonly string[], doors: number): string {
  const tooMany = open.filter((door) => !wanted.includes(door));
  const tooFew = wanted.filter((door) => !open.includes(door));
  if (tooMany.length > 0) throw new Error(`${who} reaches ${tooMany.join(", ")}, which is not open to it`);
  if (tooFew.length > 0) throw new Error(`${who} does not reach ${tooFew.join(", ")}, which is open to it`);
  return `${who} ${open.length} of ${doors} doors`;
}
