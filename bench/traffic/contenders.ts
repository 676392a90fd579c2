import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { type Host, hostsIn, type Inventory } from "../../engine/model/inventory/index.ts";
import { varsWithin } from "../../engine/plan/context.ts";
import type { SiteProbe } from "../../engine/smoke/site-probe.ts";
import { sh } from "../../engine/template/shell.ts";
import type { Text } from "../../engine/template/text.ts";
import { vars as appVars } from "../../roles/app/vars.ts";
import { vars as haproxyVars } from "../../roles/haproxy/vars.ts";
import { vars as nginxVars } from "../../roles/nginx/vars.ts";
import site from "../../site.ts";
import { type Bench, measured } from "../bench.ts";
import haproxyCfg from "./by-hand/haproxy.cfg.ts";
import nginxConf from "./by-hand/nginx.conf.ts";
import type { ByHand } from "./by-hand/options.ts";

/** A way to configure the same five machines. */
export interface Contender {
  readonly name: string;
  /** Where visitors ask. */
  readonly origin: string;
  /** Configures HAProxy and Nginx on all machines, and returns when all web servers answer in turn. */
  readonly install: () => Promise<void>;
}

/** The three that are compared: ours by `npm run provision`, by hand, and by hand without TLS. */
export function contenders(bench: Bench, probe: SiteProbe): readonly [Contender, Contender, Contender] {
  const { inventory } = bench;
  const secure = `https://${inventory.publicAddress}`;
  const plain = `http://${inventory.publicAddress}`;
  const byHand = (name: string, origin: string): Contender => ({
    name,
    origin,
    install: async () => {
      await installByHand(probe, origin === secure);
      await settled(inventory, origin);
    },
  });
  const provisioned: Contender = {
    name: "Quintet",
    origin: secure,
    install: async () => {
      const roles = ["--role", "nginx", "--role", "haproxy"];
      await measured("npm", ["run", "-s", "provision", "--", "-i", bench.file, ...roles]);
      // For the same reason as by hand.
      for (const host of hostsIn(inventory, "balancer")) await probe.run(host, RESTART);
      await settled(inventory, secure);
    },
  };
  return [provisioned, byHand("by hand", secure), byHand("plain HTTP", plain)];
}

// --- internal ---

async function installByHand(probe: SiteProbe, tls: boolean): Promise<void> {
  const { inventory } = probe;
  const { domain, publicAddress } = inventory;
  const varsOf = <Schema extends Parameters<typeof varsWithin>[1]>(vars: Schema, host: Host) =>
    varsWithin({ site, inventory }, vars, host);
  const [web, balancers] = [hostsIn(inventory, "web"), hostsIn(inventory, "balancer")];
  const servers = web.map((host) => ({ ...host, port: varsOf(nginxVars, host).port }));
  const optionsOf = (host: Host): ByHand => ({
    ...{ tls, domain, publicAddress, servers, balancers },
    address: host.address,
    port: varsOf(nginxVars, host).port,
    app: varsOf(appVars, host).port,
    statsPort: varsOf(haproxyVars, host).statsPort,
  });
  for (const host of web) await put(probe, host, "nginx", nginxConf(optionsOf(host)));
  for (const host of balancers) await put(probe, host, "haproxy", haproxyCfg(optionsOf(host)));
}

const RESTART = sh`systemctl restart haproxy`;

const FILES = {
  // `nginx -t` makes the pid file, and as root's. So the test gets another one.
  nginx: {
    file: "/etc/nginx/nginx.conf",
    test: sh`sed 's,^pid .*,pid /dev/null;,' "$new" >"$new.pid"; nginx -t -q -c "$new.pid"`,
  },
  haproxy: { file: "/etc/haproxy/haproxy.cfg", test: sh`haproxy -c -q -f "$new"` },
};

/**
 * Owner and mode of the file stay. What the program refuses is not put there. HAProxy is restarted: a reload goes on with
 * the old configuration, without a word, if the new one needs more descriptors than the process had when it started.
 */
async function put(probe: SiteProbe, host: Host, unit: "nginx" | "haproxy", content: Text): Promise<void> {
  const { file, test } = FILES[unit];
  await probe.run(
    host,
    sh`
      set -eu
      new=$(mktemp)
      printf %s ${content.reveal()} >"$new"
      ${test}
      cat "$new" >${file}
      rm -f "$new" "$new.pid"
      ${unit === "haproxy" ? RESTART : sh`systemctl reload nginx`}`,
  );
}

/** The public address may move meanwhile. Then every web server must be among those that answer. */
async function settled(inventory: Inventory, origin: string): Promise<void> {
  const names = hostsIn(inventory, "web").map(({ name }) => name);
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  await sleep(1500);
  let seen: readonly string[] = [];
  for (let tries = 40; tries > 0; tries--) {
    const asked = names.flatMap((name) => [name, name, name]);
    const host = `www.${inventory.domain}`;
    seen = await Promise.all(asked.map(() => servedBy(dispatcher, origin, host).catch(String)));
    if (names.every((name) => seen.filter((server) => server === name).length > 1)) return;
    await sleep(500);
  }
  throw new Error(`${origin}: served by ${seen.join(", ")}; expected ${names.join(", ")} in turn`);
}

/** The web server that answers. Its certificate is not looked at: the lab may have anybody's. */
async function servedBy(dispatcher: Agent, origin: string, host: string): Promise<string> {
  const { statusCode, headers, body } = await request(`${origin}/api/server`, {
    dispatcher,
    headers: { host },
  });
  await body.dump();
  return String(headers["x-served-by"] ?? `nobody, ${statusCode}`);
}
