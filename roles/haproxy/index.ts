import { apt, file, reload, role, service, sh, sysctl } from "../../engine/index.ts";
import unavailable from "../nginx/templates/unavailable.html.ts";
import haproxyCfg from "./templates/haproxy.cfg.ts";
import { vars } from "./vars.ts";
import { verifies } from "./verifies.ts";

/** Spreads requests for the public address over the web servers. Runs on every balancer; keepalived says who is asked. */
export const haproxy = role("haproxy", {
  summary: "HAProxy on the public address, round robin over the web servers that are well",
  vars,

  resources: ({ vars, host, hosts, inventory: { domain, publicAddress } }) => {
    const reloaded = reload("haproxy");
    return [
      apt("haproxy"),
      // The public address is on one balancer at a time, and the others listen for the moment when it comes to them.
      sysctl("net.ipv4.ip_nonlocal_bind", { value: 1 }),
      file("/etc/haproxy/unavailable.html", { content: unavailable(`www.${domain}`), notify: reloaded }),
      file("/etc/haproxy/haproxy.cfg", {
        content: haproxyCfg({ ...vars, domain, publicAddress, address: host.address, servers: hosts("web") }),
        validate: (candidate) => sh`haproxy -c -q -f ${candidate}`,
        notify: reloaded,
      }),
      service("haproxy"),
    ];
  },

  opens: ({ vars }) => [
    { port: 80, protocol: "tcp", from: ["everyone"], at: "public", purpose: "the site" },
    {
      port: vars.statsPort,
      protocol: "tcp",
      from: ["control"],
      at: "own",
      purpose: "statistics of the balancer",
    },
  ],

  verifies,
});
