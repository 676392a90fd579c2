import { apt, fileSet, reload, role, service, sh, sysctl } from "../../engine/index.ts";
import unavailable from "../nginx/templates/unavailable.html.ts";
import haproxyCfg from "./templates/haproxy.cfg.ts";
import { vars } from "./vars.ts";
import { verifies } from "./verifies.ts";

/** Spreads requests for the public address over the web servers. Runs on every balancer; keepalived says who is asked. */
export const haproxy = role("haproxy", {
  summary: "HAProxy on the public address, round robin over the web servers that are well",
  vars,

  resources: ({ vars, host, hosts, inventory: { domain, publicAddress } }) => {
    return [
      apt("haproxy"),
      // The public address is on one balancer at a time, and the others listen for the moment when it comes to them.
      sysctl("net.ipv4.ip_nonlocal_bind", { value: 1 }),
      fileSet("haproxy", {
        files: {
          "/etc/haproxy/unavailable.html": unavailable(`www.${domain}`),
          "/etc/haproxy/haproxy.cfg": haproxyCfg({
            ...vars,
            domain,
            publicAddress,
            address: host.address,
            servers: hosts("web"),
          }),
        },
        validate: sh`haproxy -c -f /etc/haproxy/haproxy.cfg`,
        notify: reload("haproxy"),
      }),
      service("haproxy"),
    ];
  },

  metrics: ({ vars }) => [{ port: vars.statsPort, path: "/metrics" }],

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
