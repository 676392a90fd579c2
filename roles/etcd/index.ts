import { apt, file, reload, role, service, sh, unitFile, verbatim } from "../../engine/index.ts";
import { bundle } from "../shared/certificates.ts";
import { managerOf, ofStoreClient } from "../shared/store.ts";
import { ofMember, ROOT } from "./certificates.ts";
import { birthOf, memberState, patienceOf, quorumOf } from "./members.ts";
import { CONFIGURATION, PORTS, PROGRAMS, TLS } from "./places.ts";
import { access } from "./resources/access.ts";
import { member } from "./resources/member.ts";
import { settled } from "./resources/settled.ts";
import { smokeTests } from "./smoke-tests.ts";
import dropIn from "./templates/drop-in.ts";
import configuration from "./templates/etcd.env.ts";
import restartScript from "./templates/etcd-restart.sh.ts";
import ctlScript from "./templates/etcdctl.sh.ts";
import { vars } from "./vars.ts";

/**
 * A small consistent store on the machines of the group `quorum`, for what must be known although a machine is lost. It
 * needs nothing of the databases, and the site needs nothing of it to go on serving.
 */
export const etcd = role("etcd", {
  summary: "etcd: a store that is right while more than half of its members are there",
  vars,
  certificates: ({ host, inventory }) => [ofMember(host, inventory), ofStoreClient(ROOT, inventory)],
  facts: { group: "quorum", read: [memberState] },

  resources: ({ vars, varsOf, host, hosts, inventory, certificate, fact }) => {
    const members = quorumOf({ hosts, inventory });
    const states = members.map(({ name }) => ({ name, state: fact(memberState, name) }));
    const patience = patienceOf(members, varsOf);
    const birth = birthOf(states);
    const { domain } = inventory;
    const own = certificate(ofMember(host, inventory).name);
    const restart = reload("etcd", "restart", { run: sh`${PROGRAMS.restart}` });
    // One member looks after the users: the first that can be reached.
    const keeper = states.find(({ state }) => state !== undefined)?.name === host.name;
    const made = member("etcd", { birth, host, members, token: domain, patience });
    return [
      apt("etcd-server"),
      apt("etcd-client"),
      file(TLS.authority, { content: verbatim(`${own.authority}\n`), notify: restart }),
      // etcd reads these two anew for each connection, so nobody has to tell it.
      file(TLS.member, { content: bundle(own), owner: "etcd", mode: "0600" }),
      file(TLS.root, { content: bundle(certificate(ROOT)), mode: "0600" }),
      file(PROGRAMS.ctl, { content: ctlScript(members), mode: "0755" }),
      file(PROGRAMS.restart, { content: restartScript({ host, members, patience }), mode: "0755" }),
      file(CONFIGURATION, { content: configuration({ ...vars, host, domain, patience }), notify: restart }),
      unitFile("etcd.service.d/quintet.conf", { content: dropIn(), notify: restart }),
      made,
      // A machine becomes a member by a start.
      service("etcd", { needs: made, certain: false }),
      settled("etcd", { seconds: birth.how === "found" ? 300 : 15 * patience }),
      keeper && access("etcd", { clients: hosts("database").map(managerOf) }),
    ];
  },

  metrics: () => [{ port: PORTS.metrics, path: "/metrics" }],

  opens: () => [
    {
      port: PORTS.clients,
      protocol: "tcp",
      from: ["database", "quorum"],
      at: "own",
      purpose: "etcd: the store",
    },
    { port: PORTS.peers, protocol: "tcp", from: ["quorum"], at: "own", purpose: "etcd: its members" },
  ],

  smokeTests,
});
