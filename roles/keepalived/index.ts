import { z } from "zod";
import { apt, file, reload, role, service, sh, unitFile, user } from "../../engine/index.ts";
import { vars as haproxyVars } from "../haproxy/vars.ts";
import { smokeTests } from "./smoke-tests.ts";
import dropIn from "./templates/drop-in.ts";
import findInterface from "./templates/find-interface.sh.ts";
import keepalivedConf from "./templates/keepalived.conf.ts";

const FIND_INTERFACE = "/usr/local/lib/keepalived/find-interface";

/** Keeps the public address on one balancer, the one that has it for as long as its HAProxy answers. */
export const keepalived = role("keepalived", {
  summary: "keepalived: the public address is on one balancer whose HAProxy answers",
  vars: z.object({
    virtualRouterId: z.int().min(1).max(255).default(51).describe("id of the group, unique in its network"),
    advertSeconds: z
      .number()
      .min(0.1)
      .max(40)
      .default(0.5)
      .describe("seconds between signs of life; the address moves after about three of them"),
    checkSeconds: z
      .int()
      .min(1)
      .max(60)
      .default(1)
      .describe(
        "seconds between two health checks of the own HAProxy, and how long one may take (3 at least); after two that fail the address moves",
      ),
  }),

  resources: ({ vars, varsOf, host, hosts, inventory: { publicAddress } }) => [
    apt("keepalived"),
    apt("curl"),
    user("keepalived_script"),
    file(FIND_INTERFACE, { content: findInterface(host.address), mode: "0755" }),
    unitFile("keepalived.service.d/quintet.conf", { content: dropIn(FIND_INTERFACE) }),
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
