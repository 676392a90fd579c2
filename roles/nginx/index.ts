import { apt, directory, file, reload, role, service, sh, unitFile } from "../../engine/index.ts";
import { vars as appVars } from "../app/vars.ts";
import { vars as baseVars } from "../base/vars.ts";
import { bundle, ofHost } from "../shared/certificates.ts";
import unavailable from "../shared/unavailable.html.ts";
import { smokeTests } from "./smoke-tests.ts";
import dropIn from "./templates/drop-in.ts";
import logFiles from "./templates/log-files.ts";
import logrotate from "./templates/logrotate.ts";
import nginxConf from "./templates/nginx.conf.ts";
import { vars } from "./vars.ts";

const CERTIFICATE = "/etc/nginx/tls/server.pem";
const TEMPORARY = "/var/cache/nginx";
const PID_FILE = "/run/nginx/nginx.pid";
const LOGS = "/var/log/nginx";
const LOG_FILES = "/etc/tmpfiles.d/quintet-nginx.conf";

/** Serves static files itself and passes the rest to the application on the same machine. */
export const nginx = role("nginx", {
  summary: "Nginx in front of the application, reached by the balancers only",
  vars,

  certificates: ({ host, inventory }) => [ofHost(host, inventory)],

  resources: ({ vars, varsOf, host, hosts, certificate, inventory: { domain } }) => [
    apt("nginx"),
    file(CERTIFICATE, {
      content: bundle(certificate(host.name)),
      owner: "www-data",
      mode: "0600",
      notify: reload("nginx"),
    }),
    file("/etc/nginx/unavailable.html", { content: unavailable(`www.${domain}`) }),
    directory(TEMPORARY, { owner: "www-data" }),
    file("/etc/nginx/nginx.conf", {
      content: nginxConf({
        ...vars,
        patience: varsOf(baseVars, host).patience,
        address: host.address,
        certificate: CERTIFICATE,
        pidFile: PID_FILE,
        temporary: TEMPORARY,
        names: [`www.${domain}`, domain],
        app: varsOf(appVars, host).port,
        balancers: hosts("balancer"),
      }),
      // `nginx -t` makes the pid file, and as root's. So the test gets another one.
      validate: (candidate) => sh`
        sed 's,^pid .*,pid /dev/null;,' ${candidate} >"$work/nginx.conf"
        nginx -t -q -c "$work/nginx.conf"`,
      notify: reload("nginx"),
    }),
    file(LOG_FILES, { content: logFiles({ logs: LOGS }) }),
    apt("logrotate"),
    file("/etc/logrotate.d/nginx", {
      content: logrotate({ ...vars, logs: LOGS }),
      validate: (candidate) => sh`logrotate --debug ${candidate} 2>&1`,
    }),
    unitFile("nginx.service.d/quintet.conf", {
      content: dropIn({ pidFile: PID_FILE, writes: [TEMPORARY, `-${LOGS}`], logFiles: LOG_FILES }),
      notify: reload("nginx", "restart"),
    }),
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

  smokeTests,
});
