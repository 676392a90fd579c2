import { apt, file, reload, role, service, sh, unitFile } from "../../engine/index.ts";
import { appPort } from "../app/vars.ts";
import { bundle, ofHost } from "../certificates.ts";
import dropIn from "./templates/drop-in.ts";
import nginxConf from "./templates/nginx.conf.ts";
import unavailable from "./templates/unavailable.html.ts";
import { vars } from "./vars.ts";
import { verifies } from "./verifies.ts";

const CERTIFICATE = "/etc/nginx/tls/server.pem";

/** Serves static files itself and hands the rest to the application on the same machine. */
export const nginx = role("nginx", {
  summary: "Nginx in front of the application, reached by the balancers only",
  vars,

  certificates: ({ host, inventory }) => [ofHost(host, inventory)],

  resources: ({ vars, host, hosts, certificate, inventory: { domain } }) => [
    apt("nginx"),
    file(CERTIFICATE, { content: bundle(certificate(host.name)), mode: "0600", notify: reload("nginx") }),
    file("/etc/nginx/unavailable.html", { content: unavailable(`www.${domain}`) }),
    file("/etc/nginx/nginx.conf", {
      content: nginxConf({
        ...vars,
        address: host.address,
        certificate: CERTIFICATE,
        names: [`www.${domain}`, domain],
        app: appPort(host),
        balancers: hosts("balancer"),
      }),
      validate: (candidate) => sh`nginx -t -q -c ${candidate}`,
      notify: reload("nginx"),
    }),
    unitFile("nginx.service.d/quintet.conf", { content: dropIn() }),
    service("nginx"),
  ],

  opens: ({ vars }) => [
    {
      port: vars.port,
      protocol: "tcp",
      from: ["balancer", "control"],
      at: "own",
      purpose: "requests from the balancers, and smoke tests of one web server",
    },
  ],

  verifies,
});
