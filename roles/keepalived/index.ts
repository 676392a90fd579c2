import { z } from "zod";
import { apt, file, reload, role, service, sh, unitFile, user } from "../../engine/index.ts";
import { vars as haproxyVars } from "../haproxy/vars.ts";
import { smokeTests } from "./smoke-tests.ts";
import dropIn from "./templates/drop-in.ts";
import findInterface from "./templates/find-interface.sh.ts";
import keepalivedConf from "./templates/keepalived.conf.ts";

const FIND_INTERFACE = "/usr/local/lib/keepalived/find-interface";

/** Keeps the public address on one balancer, for as long as the HAProxy there answers. */
export const keepalived = role("keepalived", {
  summary: "keepalived: the public address is on one balancer whose HAProxy answers",
  vars: z.object({
    virtualRouterId: z
      .int()
      .min(1)
      .max(255)
      .default(51)
      .describe("id of the group of balancers, unique in its network"),
    advertSeconds: z
      .number()
      .min(0.1)
      .max(40)
      .default(0.5)
      .describe("seconds between signs of life; the address moves when about three of them are missing"),
    checkSeconds: z
      .int()
      .min(1)
      .max(60)
      .default(1)
      .describe(
        "seconds between two health checks of the balancer's own HAProxy, and how long one may take (at least 3); the address moves after two that fail",
      ),
  }),

  resources: ({ vars, varsOf, host, hosts, inventory: { publicAddress } }) => [
    apt("keepalived"),
    apt("curl"),
    user("keepalived_script"),
    file(FIND_INTERFACE, { content: findInterface(host.address), mode: "0755" }),
    unitFile("keepalived.service.d/quintet.conf", {
      content: dropIn(FIND_INTERFACE),
      notify: reload("keepalived", "restart"),
    }),
    file("/etc/keepalived/keepalived.conf", {
      content: keepalivedConf({
        ...vars,
        host,
        balancers: hosts("balancer"),
        publicAddress,
        health: `http://127.0.0.1:${varsOf(haproxyVars, host).statsPort}/health`,
      }),
      validate: (candidate) => sh`
        ${FIND_INTERFACE}
        keepalived --config-test --use-file ${candidate}`,
      notify: reload("keepalived"),
    }),
    service("keepalived"),
  ],

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
