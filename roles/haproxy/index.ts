import { apt, file, fileSet, reload, role, service, sh, sysctl, unitFile } from "../../engine/index.ts";
import { vars as baseVars } from "../base/vars.ts";
import { vars as nginxVars } from "../nginx/vars.ts";
import { ofHost, ofSite } from "../shared/certificates.ts";
import unavailable from "../shared/unavailable.html.ts";
import { asConfigured } from "./resources/as-configured.ts";
import { smokeTests } from "./smoke-tests.ts";
import dropIn from "./templates/drop-in.ts";
import haproxyCfg from "./templates/haproxy.cfg.ts";
import keepStates, { KEEP_STATES, STATES } from "./templates/keep-states.ts";
import { TLS, tlsFiles } from "./tls.ts";
import { vars } from "./vars.ts";

const DROP_IN = "haproxy.service.d/quintet.conf";
/** Spreads requests for the public address over the web servers. keepalived decides which balancer has the address. */
export const haproxy = role("haproxy", {
  summary: "HAProxy on the public address, round robin over the web servers that are well",
  vars,

  certificates: ({ host, inventory }) => [ofSite(inventory), ofHost(host, inventory)],

  resources: ({ vars, varsOf, host, hosts, certificate, inventory: { domain, publicAddress } }) => {
    return [
      apt("haproxy"),
      ...tlsFiles(certificate("site"), certificate(host.name)),
      // The public address is on one balancer at a time. The others may listen on it already because of this setting.
      sysctl("net.ipv4.ip_nonlocal_bind", { value: 1 }),
      fileSet("haproxy", {
        files: {
          "/etc/haproxy/unavailable.html": unavailable(`www.${domain}`),
          "/etc/haproxy/haproxy.cfg": haproxyCfg({
            ...vars,
            patience: varsOf(baseVars, host).patience,
            states: STATES,
            domain,
            publicAddress,
            address: host.address,
            servers: hosts("web").map((server) => ({ ...server, port: varsOf(nginxVars, server).port })),
            challenge: certificate("site").challenge,
            certificates: TLS,
          }),
        },
        validate: sh`haproxy -c -f /etc/haproxy/haproxy.cfg`,
        notify: reload("haproxy"),
      }),
      file(KEEP_STATES, { content: keepStates(), mode: "0755" }),
      unitFile(DROP_IN, { content: dropIn(), notify: reload("haproxy", "restart") }),
      service("haproxy"),
      asConfigured("haproxy"),
    ];
  },

  metrics: ({ vars }) => [{ port: vars.statsPort, path: "/metrics" }],

  opens: ({ vars }) => [
    { port: 443, protocol: "tcp", from: ["everyone"], at: "public", purpose: "the site" },
    { port: 80, protocol: "tcp", from: ["everyone"], at: "public", purpose: "the way to port 443" },
    { port: vars.statsPort, protocol: "tcp", from: ["control"], at: "own", purpose: "statistics" },
  ],

  smokeTests,
});
