import { type Context, type Host, type Probe, type SmokeTest, sh } from "../../engine/index.ts";
import { allSee } from "./stats.ts";
import { vars as variables } from "./vars.ts";

/** Smoke tests of the balancers. */
export function smokeTests({ inventory, hosts, vars, varsOf }: Context<{ balance: string }>): SmokeTest[] {
  const web = hosts("web");
  const site: Site = {
    host: `www.${inventory.domain}`,
    address: inventory.publicAddress,
    web,
    statsPort: (balancer) => varsOf(variables, balancer).statsPort,
  };
  const turns = [...web, ...web.slice(0, 1)].map((_, index) => (index % web.length) + 1).join(", ");
  const inTurn: SmokeTest = {
    name: `${web.length + 1} requests through the balancer are served by web servers ${turns}`,
    run: (probe) => takeTurns(probe, site),
  };
  return [
    {
      name: "plain HTTP leads to HTTPS, which browsers remember",
      run: (probe) => leadsToHttps(probe, site),
    },
    {
      name: "every balancer sees all web servers up",
      run: async (probe) => {
        await allSee(probe, web, "UP", 15, site.statsPort);
        return `${probe.hosts("balancer").length} balancers, ${web.length} web servers`;
      },
    },
    ...(vars.balance === "leastconn" ? [] : [inTurn]),
    {
      name: "with one web server stopped the others serve, and no request fails",
      disturbs: true,
      run: (probe) => withoutLast(probe, site),
    },
  ];
}

// --- internal ---

interface Site {
  readonly host: string;
  readonly address: string;
  readonly web: readonly Host[];
  readonly statsPort: (balancer: Host) => number;
}

async function leadsToHttps(probe: Probe, { address, host }: Site): Promise<string> {
  const { status, headers } = await probe.http(address, { path: "/about?x=1", host, plain: true });
  const to = headers.get("location");
  if (status !== 301 || to !== `https://${host}/about?x=1`)
    throw new Error(`http://${host}/about?x=1 is answered ${status}, to ${to ?? "nowhere"}`);
  const { headers: secure } = await probe.http(address, { path: "/", host });
  const remembered = secure.get("strict-transport-security");
  if (!/max-age=\d{8}/.test(remembered ?? "")) throw new Error(`Strict-Transport-Security: ${remembered}`);
  return `301 to ${to}`;
}

/** Which servers answer so many requests, one after the other. Throws an Error for any status but 200. */
async function servedBy(probe: Probe, { address, host }: Site, requests: number): Promise<string[]> {
  const servers: string[] = [];
  while (servers.length < requests) {
    const { status, headers } = await probe.http(address, { path: "/api/server", host });
    if (status !== 200)
      throw new Error(`request ${servers.length + 1} of ${requests} was answered ${status}`);
    servers.push(headers.get("x-served-by") ?? "nobody");
  }
  return servers;
}

/** Visitors take turns, too: one of theirs between ours looks as if a server was left out. So there are three tries. */
async function takeTurns(probe: Probe, site: Site): Promise<string> {
  const names = site.web.map(({ name }) => name);
  let seen: string[] = [];
  for (let tries = 3; tries > 0; tries--) {
    seen = await servedBy(probe, site, names.length + 1);
    const start = names.indexOf(seen[0] ?? "");
    if (start >= 0 && seen.every((name, turn) => name === names[(start + turn) % names.length]))
      return seen.join(", ");
  }
  throw new Error(`served by ${seen.join(", ")}; expected turns in the order ${names.join(", ")}`);
}

/** Stops Nginx on the last web server and asks the others. If this process is killed, a timer starts Nginx again. */
async function withoutLast(probe: Probe, site: Site): Promise<string> {
  const last = site.web.at(-1);
  if (!last || site.web.length === 1) return "left out: there is only one web server";
  const timer = "quintet-smoke-nginx";
  await probe.run(
    last,
    sh`
      systemctl stop ${`${timer}.timer`} 2>/dev/null || :
      systemd-run --quiet --collect --unit=${timer} --on-active=60 systemctl start nginx
      systemctl stop nginx`,
  );
  try {
    await allSee(probe, [last], "DOWN", 15, site.statsPort);
    const served = await servedBy(probe, site, 30);
    if (served.includes(last.name)) throw new Error(`${last.name} is stopped, and yet it served a request`);
    return `30 requests served by ${[...new Set(served)].sort().join(", ")} without ${last.name}`;
  } finally {
    await probe.run(last, sh`systemctl start nginx; systemctl stop ${`${timer}.timer`} 2>/dev/null || :`);
    await allSee(probe, [last], "UP", 20, site.statsPort);
  }
}
