import { type Context, type Host, type Probe, type SmokeTest, sh } from "../../engine/index.ts";
import { FAILOVER_KEYS, managerOf, storeUrl } from "../shared/store.ts";
import { PROGRAMS, TLS } from "./places.ts";

/** Smoke tests of the store. */
export function smokeTests({ hosts }: Pick<Context<unknown>, "hosts">): SmokeTest[] {
  const members = hosts("quorum");
  const managers = hosts("database").map(managerOf);
  return [
    {
      name: "every member of the store is well, and all follow one leader",
      run: (probe) => probe.eventually(10, () => oneLeader(probe, members)),
    },
    {
      name: "the store refuses a machine's usual certificate, and databases reach the keys of the failover alone",
      run: (probe) => admits(probe, members, managers),
    },
  ];
}

// --- internal ---

/** A member's number has more digits than JavaScript's. */
const LEADER = /"leader":(\d+)/;

async function oneLeader(probe: Probe, members: readonly Host[]): Promise<string> {
  const leaders = await Promise.all(
    members.map(async (member) => {
      const ctl = sh`ETCDCTL_ENDPOINTS=${storeUrl(member)} ${PROGRAMS.ctl}`;
      const script = sh`${ctl} endpoint health >/dev/null 2>&1 && ${ctl} endpoint status -w json || echo not well`;
      return LEADER.exec(await probe.run(member, script))?.[1] ?? "nobody, and is not well";
    }),
  );
  if (leaders.some((leader) => leader !== leaders[0] || !/^\d/.test(leader)))
    throw new Error(members.map(({ name }, at) => `${name} follows ${leaders[at]}`).join(", "));
  const listed = await listedBy(probe, members);
  const strangers = listed.filter(({ name }) => !members.some((member) => member.name === name));
  const names = strangers.map(({ name }) => name || "one that was never started");
  if (strangers.length > 0)
    throw new Error(
      `the inventory lacks the members ${names.join(", ")}; to take one out, on a member: sudo ${PROGRAMS.ctl} member remove ${strangers[0]?.id}`,
    );
  return listed.map(({ name }) => name).join(", ");
}

/** The members as the store has them. */
async function listedBy(probe: Probe, [first]: readonly Host[]): Promise<{ id: string; name: string }[]> {
  const shown = first ? await probe.run(first, sh`${PROGRAMS.ctl} member list`) : "";
  const rows = shown
    .trim()
    .split("\n")
    .map((line) => line.split(", "));
  return rows.map(([id = "", , name = ""]) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name));
}

/** With TLS 1.3 a client hears why only if it reads before it writes. Otherwise the connection breaks. */
const REFUSED = /bad certificate|connection reset|broken pipe|error reading server preface: EOF/;

async function admits(probe: Probe, [first]: readonly Host[], managers: readonly string[]): Promise<string> {
  if (!first) return "no member";
  // The certificate of a member is like any machine's, and it may read it.
  const asMachine = sh`ETCDCTL_COMMAND_TIMEOUT=1s ETCDCTL_CERT=${TLS.member} ETCDCTL_ENDPOINTS=${storeUrl(first)} ${PROGRAMS.ctl}`;
  const refusal = await probe.run(first, sh`${asMachine} get --prefix ${FAILOVER_KEYS} 2>&1 || :`);
  if (!REFUSED.test(refusal))
    throw new Error(
      `${first.name}'s usual certificate is answered: ${refusal.trim() || "no keys, and no refusal"}`,
    );
  const users = (await probe.run(first, sh`${PROGRAMS.ctl} user list`)).split("\n");
  const missing = managers.filter((name) => !users.includes(name));
  if (missing.length > 0) throw new Error(`found no user for ${missing.join(", ")}`);
  const role = await probe.run(first, sh`${PROGRAMS.ctl} role get failover`);
  const ranges = role.split("\n").filter((line) => line.includes("["));
  if (ranges.length === 0 || ranges.some((range) => !range.endsWith(`(prefix ${FAILOVER_KEYS})`)))
    throw new Error(`databases reach ${ranges.join(", ") || "nothing"}; expected ${FAILOVER_KEYS} alone`);
  return `${managers.join(", ")}: ${FAILOVER_KEYS}`;
}
