import { Resolver } from "node:dns/promises";
import type { Context, SmokeTest } from "../../engine/index.ts";

/** Smoke tests of the DNS. */
export function smokeTests({ inventory, hosts }: Context<unknown>): SmokeTest[] {
  const { domain, publicAddress } = inventory;
  const name = `www.${domain}`;
  return [
    {
      name: `the DNS at the public address says that ${name} is ${publicAddress}`,
      run: (probe) => probe.eventually(5, () => expectAddress(publicAddress, name, publicAddress)),
    },
    {
      name: `every name server says that ${name} is ${publicAddress}`,
      run: async () => {
        const servers = hosts("balancer");
        await Promise.all(servers.map(({ address }) => expectAddress(address, name, publicAddress)));
        return `asked ${servers.map((server) => server.name).join(", ")}`;
      },
    },
  ];
}

// --- internal ---

async function expectAddress(server: string, name: string, expected: string): Promise<string> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  const found = (await resolver.resolve4(name)).join(", ");
  if (found !== expected) throw new Error(`${server} says that ${name} is ${found}, expected ${expected}`);
  return `${server} says ${found}`;
}
