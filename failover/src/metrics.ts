import type { Status } from "./manager.ts";

/** A manager's figures, as Prometheus reads them. */
export function metricsOf(me: string, status: Status, fresh: boolean): string {
  const { store, observed, done } = status;
  const mysql = typeof observed.mysql === "object" ? observed.mysql : undefined;
  const absent = typeof observed.mysql === "string" ? observed.mysql : undefined;
  const figures: readonly Figure[] = [
    ["up", "gauge", "the manager observes, and decides", [[{}, fresh]]],
    ["store_up", "gauge", "a majority of the store answers", [[{}, store !== null]]],
    ["mysql_up", "gauge", "this machine's MySQL answers", [[{}, mysql !== undefined]]],
    ["mysql_frozen", "gauge", "MySQL has answered, and does not any more", [[{}, absent === "frozen"]]],
    ["open", "gauge", "this database takes writes", [[{}, mysql?.open ?? false]]],
    ["commits_wait", "gauge", "commits wait for a replica", [[{}, mysql?.waits ?? false]]],
    ["receives", "gauge", "this database receives from another one", [[{}, mysql?.receives != null]]],
    ["leader", "gauge", "this manager has the lease", [[{}, store?.leader === me]]],
    ["paused", "gauge", "people have told the managers to promote nobody", [[{}, store?.paused ?? false]]],
    ["steps_total", "counter", "what the manager has done", [...done].map(([step, n]) => [{ step }, n])],
    ...(store
      ? ([
          ["term", "gauge", "grows by one with each primary", [[{}, store.sync.term]]],
          ["standby", "gauge", "which database may be promoted", [[{ name: store.sync.standby ?? "" }, 1]]],
          ["primary", "gauge", "which database is the primary", [[{ name: store.sync.primary }, 1]]],
        ] satisfies Figure[])
      : []),
  ];
  return figures.flatMap(lines).join("\n").concat("\n");
}

// --- internal ---

type Figure = readonly [
  name: string,
  type: "gauge" | "counter",
  help: string,
  values: readonly (readonly [labels: Readonly<Record<string, string>>, value: number | boolean])[],
];

function lines([name, type, help, values]: Figure): string[] {
  const full = `quintet_failover_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...values.map(([labels, value]) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return `${full}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${Number(value)}`;
    }),
  ];
}
