import { type Fact, fact } from "../../../engine/model/fact.ts";
import type { Host } from "../../../engine/model/inventory/index.ts";
import { sh } from "../../../engine/template/shell.ts";
import { healthWithin } from "../../../roles/failover/manager.ts";
import { LAG_SECONDS } from "../../../roles/mysql/templates/replication.sql.ts";

/** What one machine says of its part in the site. What it has no part in is absent. */
export interface Told {
  /** A balancer: it holds the public address. */
  readonly holds?: boolean;
  /** A balancer: the web servers as its HAProxy sees them, such as `UP` or `MAINT`. */
  readonly servers?: Readonly<Record<string, string>>;
  /** A member of the store. */
  readonly store?: { readonly hasLeader: boolean; readonly leads: boolean };
  readonly database?: DatabaseTold;
  /** The manager of a database. */
  readonly manager?: ManagerTold;
}

export interface ManagerTold {
  /** What it knows of the store, or why it knows nothing. */
  readonly store:
    | {
        readonly term: number;
        readonly primary: string;
        readonly standby: string | null;
        readonly paused: boolean;
        /** People want this database to be the primary. */
        readonly wanted: string | null;
      }
    | string;
  /** A primary: so many seconds it has had no standby. Null if it has one. */
  readonly aloneFor: number | null;
  /** What it does, or why it does nothing. */
  readonly step: string;
}

export interface DatabaseTold {
  readonly takesWrites: boolean;
  /** The address that it receives from; empty if it receives from nobody. */
  readonly source: string;
  readonly receives: boolean;
  readonly applies: boolean;
  /** Seconds since the commit on the primary of what is being applied; 0 if all that came is applied. */
  readonly lagSeconds: number;
  /** Commits wait for a replica, of which there are so many. */
  readonly commitsWait: boolean;
  readonly waitsFor: number;
}

/** What a host of the inventory is asked, by the groups that it is in. */
export function questionsFor({ groups }: Host, publicAddress: string): readonly Fact<Partial<Told>>[] {
  return [
    ...(groups.includes("balancer") ? [holds(publicAddress), SERVERS] : []),
    ...(groups.includes("quorum") ? [STORE] : []),
    ...(groups.includes("database") ? [DATABASE, MANAGER] : []),
  ];
}

// --- internal ---

const holds = (address: string) =>
  fact("address", sh`ip -o address show to ${address}`, (output) => ({ holds: output.trim() !== "" }));

/** HAProxy says it over its socket, which needs no port and no password. */
const SHOW = String.raw`
  alarm 2;
  socket(my $haproxy, 1, 1, 0) or exit;
  connect($haproxy, pack("Sa108", 1, "/run/haproxy/admin.sock")) or exit;
  syswrite $haproxy, "show stat\n";
  my @names;
  while (<$haproxy>) {
    chomp;
    if (s/^# //) { @names = split /,/; next }
    my %of;
    @of{@names} = split /,/, $_, -1;
    print "$of{svname} $of{status}\n" if ($of{pxname} // "") eq "web" && $of{svname} ne "BACKEND" && !$of{bck};
  }`;

const SERVERS = fact("servers", sh`perl -e ${SHOW}`, (output) => ({
  servers: Object.fromEntries(
    lines(output).map((line) => [line.split(" ")[0] ?? "", line.split(" ").slice(1).join(" ")]),
  ),
}));

const STORE = fact(
  "store",
  sh`curl -s --max-time 1 http://127.0.0.1:2381/metrics | grep -E '^etcd_server_(has|is)_leader '`,
  (output) => ({
    store: {
      hasLeader: lines(output).includes("etcd_server_has_leader 1"),
      leads: lines(output).includes("etcd_server_is_leader 1"),
    },
  }),
);

const ASK = `SELECT JSON_OBJECT('takesWrites', @@GLOBAL.read_only = 0, 'source', COALESCE(c.HOST, ''),
    'receives', s.SERVICE_STATE = 'ON', 'applies', a.SERVICE_STATE = 'ON', 'lagSeconds', ${LAG_SECONDS},
    'commitsWait', @@GLOBAL.rpl_semi_sync_source_enabled = 1, 'waitsFor', (SELECT VARIABLE_VALUE + 0
      FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_clients'))
  FROM (SELECT 1) AS one
    LEFT JOIN performance_schema.replication_connection_configuration c ON c.CHANNEL_NAME = ''
    LEFT JOIN performance_schema.replication_connection_status s ON s.CHANNEL_NAME = ''
    LEFT JOIN performance_schema.replication_applier_status a ON a.CHANNEL_NAME = ''`;

const DATABASE = fact("database", sh`mysql --no-defaults -NBr --connect-timeout=1 -e ${ASK}`, (output) => {
  if (output.trim() === "") return {};
  const told = JSON.parse(output);
  const yes = (value: unknown) => value === 1 || value === true;
  const database: DatabaseTold = {
    ...{ takesWrites: yes(told.takesWrites), source: told.source },
    ...{ receives: yes(told.receives), applies: yes(told.applies), lagSeconds: Number(told.lagSeconds) },
    ...{ commitsWait: yes(told.commitsWait), waitsFor: Number(told.waitsFor) },
  };
  return { database };
});

const MANAGER = fact("manager", healthWithin(1), (output) => {
  if (output.trim() === "") return {};
  const { store, aloneFor, step } = JSON.parse(output);
  const knows = store?.sync
    ? { ...store.sync, paused: store.paused, wanted: store.wanted }
    : (store ?? "it has not asked yet");
  const manager: ManagerTold = { store: knows, aloneFor: aloneFor ?? null, step: step.why ?? step.do };
  return { manager };
});

const lines = (output: string) => output.trim().split("\n").filter(Boolean);
