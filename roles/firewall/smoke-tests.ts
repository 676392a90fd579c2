import { type Context, type Host, type Probe, type SmokeTest, sh } from "../../engine/index.ts";
import { type Flow, flowsOf } from "./flows.ts";

/** Smoke tests of the firewalls. They try ports, also those that should be closed. */
export function smokeTests({ inventory, traffic }: Context<unknown>): SmokeTest[] {
  const flows = flowsOf(traffic(), inventory).filter(({ protocol }) => protocol === "tcp");
  return [
    {
      name: "this computer reaches what is open to it, and nothing else",
      run: async (probe) => {
        const endpoints = endpointsOf(flows);
        const open = await Promise.all(
          endpoints.map(async (endpoint) =>
            (await probe.connects(endpoint.address, endpoint.port)) ? [nameOf(endpoint)] : [],
          ),
        );
        const wanted = endpoints.filter((endpoint) =>
          flows.some((flow) => isAt(flow, endpoint) && OURS.includes(flow.from)),
        );
        return compare("this computer", open.flat(), wanted.map(nameOf), endpoints.length);
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

/** Sources that include the control machine. */
const OURS = ["everyone", "control"];

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const nameOf = ({ address, port }: Endpoint) => `${address}:${port}`;
const isAt = ({ address, to, port }: Flow, endpoint: Endpoint) =>
  (address ?? to.address) === endpoint.address && port === endpoint.port;

/** Each address and port once. */
function endpointsOf(flows: readonly Flow[]): Endpoint[] {
  const endpoints = flows.map(({ address, to, port }) => ({ address: address ?? to.address, port }));
  return [...new Map(endpoints.map((endpoint) => [nameOf(endpoint), endpoint])).values()];
}

/** Tries all endpoints from a machine. Its own ports are left out: they are open to itself, whatever the table says. */
async function tryAll(probe: Probe, host: Host, flows: readonly Flow[]): Promise<string> {
  const endpoints = endpointsOf(flows).filter(({ address }) => address !== host.address);
  const open = await probe.run(
    host,
    sh`
      # One after the other is fast enough: this machine's own rules refuse a closed port at once.
      for endpoint in ${endpoints.map(nameOf)}; do
        ! timeout 5 bash -c "exec 3<>/dev/tcp/\${endpoint%:*}/\${endpoint#*:}" 2>/dev/null || echo "$endpoint"
      done`,
  );
  const wanted = endpoints.filter((endpoint) =>
    flows.some(
      (flow) => isAt(flow, endpoint) && (flow.sources?.includes(host.address) ?? flow.from === "everyone"),
    ),
  );
  return compare(host.name, open.split("\n").filter(Boolean), wanted.map(nameOf), endpoints.length);
}

function compare(who: string, open: readonly string[], wanted: readonly string[], endpoints: number): string {
  const tooMany = open.filter((endpoint) => !wanted.includes(endpoint));
  const tooFew = wanted.filter((endpoint) => !open.includes(endpoint));
  if (tooMany.length > 0) throw new Error(`${who} reaches ${tooMany.join(", ")}, which is not open to it`);
  if (tooFew.length > 0) throw new Error(`${who} does not reach ${tooFew.join(", ")}, which is open to it`);
  return `${who} ${open.length} of ${endpoints} ports`;
}
