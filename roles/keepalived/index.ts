import { apt, file, reload, role, service, sh, unitFile, user } from "../../engine/index.ts";
import { vars as baseVars } from "../base/vars.ts";
import { vars as haproxyVars } from "../haproxy/vars.ts";
import { smokeTests } from "./smoke-tests.ts";
import dropIn from "./templates/drop-in.ts";
import findInterface from "./templates/find-interface.sh.ts";
import haproxyAnswers from "./templates/haproxy-answers.pl.ts";
import keepalivedConf from "./templates/keepalived.conf.ts";
import resetConnections from "./templates/reset-connections.sh.ts";
import { vars } from "./vars.ts";

const PROGRAMS = {
  findInterface: "/usr/local/lib/keepalived/find-interface",
  haproxyAnswers: "/usr/local/lib/keepalived/haproxy-answers",
  resetConnections: "/usr/local/lib/keepalived/reset-connections",
} as const;

/** Seconds, with milliseconds. */
const round = (seconds: number) => Math.round(1000 * seconds) / 1000;

/** Keeps the public address on one balancer, for as long as the HAProxy there answers. */
export const keepalived = role("keepalived", {
  summary: "keepalived: the public address is on one balancer whose HAProxy answers",
  vars,

  resources: ({ vars, varsOf, host, hosts, inventory: { publicAddress } }) => {
    const balancers = hosts("balancer");
    const several = balancers.length > 1;
    const { patience } = varsOf(baseVars, host);
    const advert = Math.min(40, Math.round(100 * patience * vars.advertSeconds) / 100);
    const check = round(patience * vars.checkSeconds);
    const { statsPort: port } = varsOf(haproxyVars, host);
    // A check that begins just before HAProxy freezes does not see it. The next one does: 4.6 intervals at most.
    const times = { within: round(3.6 * check), watch: round(0.8 * check) };
    return [
      apt("keepalived"),
      user("keepalived_script"),
      file(PROGRAMS.findInterface, { content: findInterface(host.address), mode: "0755" }),
      file(PROGRAMS.haproxyAnswers, { content: haproxyAnswers({ port, ...times }), mode: "0755" }),
      file(PROGRAMS.resetConnections, { content: resetConnections(publicAddress, advert), mode: "0755" }),
      unitFile("keepalived.service.d/quintet.conf", {
        content: dropIn({ ...PROGRAMS, ...(!several && { resetConnections: undefined }) }),
        notify: reload("keepalived", "restart"),
      }),
      file("/etc/keepalived/keepalived.conf", {
        content: keepalivedConf({
          ...{ host, balancers, publicAddress, advert, check },
          virtualRouterId: vars.virtualRouterId,
          programs: PROGRAMS,
        }),
        validate: (candidate) => sh`
          ${PROGRAMS.findInterface}
          keepalived --config-test --use-file ${candidate}`,
        notify: reload("keepalived"),
      }),
      service("keepalived"),
    ];
  },

  opens: ({ hosts }) =>
    hosts("balancer").length === 1
      ? []
      : [
          {
            port: 0,
            protocol: "vrrp",
            from: ["balancer"],
            at: "own",
            purpose: "which balancer has the public address",
          },
        ],

  smokeTests,
});
