import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Fault } from "../fault.ts";
import type { Machines } from "../machines.ts";

/** What happens to the store. The site needs nothing of it to go on serving. */
export const STORE: readonly Fault[] = [
  {
    ...{ name: "the store's leader is killed", rounds: 5, smooth: true, seconds: 5 },
    bring: async (machines) => machines.signal(await leaderOf(machines), "etcd", "KILL"),
  },
  {
    ...{ name: "two of three members of the store are away", rounds: 20, smooth: true, seconds: 10 },
    bring: (machines) => onEach(machines, machines.names("quorum").slice(1), "systemctl stop etcd"),
    heal: (machines) =>
      onEach(machines, machines.names("quorum").slice(1), "systemctl start etcd --no-block"),
  },
  {
    ...{
      name: "the store has lost everything, and a run founds it anew",
      rounds: 5,
      smooth: true,
      seconds: 10,
    },
    bring: (machines) =>
      onEach(machines, machines.names("quorum"), "systemctl stop etcd; rm -rf /var/lib/etcd/default"),
    heal: ({ inventory }) =>
      promisify(execFile)("npm", [
        "run",
        "-s",
        "provision",
        "--",
        "-i",
        inventory.file,
        "--role",
        "etcd,replication",
      ]),
  },
];

// --- internal ---

async function onEach(machines: Machines, hosts: readonly string[], script: string): Promise<void> {
  await Promise.all(hosts.map((host) => machines.run(host, script)));
}

interface Member {
  readonly Endpoint: string;
  readonly Status: { readonly header: { readonly member_id: number }; readonly leader: number };
}

async function leaderOf(machines: Machines): Promise<string> {
  const [first = ""] = machines.names("quorum");
  const status = "/usr/local/lib/quintet/etcdctl endpoint status --cluster --write-out=json";
  const members: Member[] = JSON.parse(await machines.run(first, status));
  const leader = members.find(({ Status }) => Status.leader === Status.header.member_id);
  const host = machines.inventory.hosts.find(({ address }) => leader?.Endpoint.includes(`//${address}:`));
  if (!host) throw new Error("the store has no leader");
  return host.name;
}
