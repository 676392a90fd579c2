import type { Host } from "../../../engine/model/inventory/index.ts";
import type { DatabaseTold, ManagerTold, Told } from "./facts.ts";

/** What a database is and does, in a few words. */
export function describe({ name }: Host, hosts: readonly Host[], told: ReadonlyMap<string, Told>): string {
  const database = told.get(name)?.database;
  if (!database) return "does not answer";
  const { takesWrites, source, receives, applies, lagSeconds } = database;
  const store = storeSeen(hosts, told);
  if (takesWrites) {
    const term = store?.primary === name ? ` of term ${store.term}` : "";
    return `primary${term}, ${isAlone(database) ? alone(told.get(name)?.manager) : "a replica confirms each commit"}`;
  }
  if (source === "") return "read-only, and replicates from nobody";
  const from = hosts.find(({ address }) => address === source)?.name ?? source;
  const what = store?.standby === name ? `standby, replica of ${from}` : `replica of ${from}`;
  return !receives || !applies ? `${what}, stopped` : `${what}, ${lagSeconds.toFixed(1)} s behind`;
}

/** What is not as it should be with databases and their managers. */
export function databaseProblems(hosts: readonly Host[], told: ReadonlyMap<string, Told>): string[] {
  return [...mysqlProblems(hosts, told), ...managerProblems(hosts, told)];
}

export type StoreSeen = Exclude<ManagerTold["store"], string>;

/** What the store says, as the manager with the newest term knows it. Null if no manager does. */
export function storeSeen(hosts: readonly Host[], told: ReadonlyMap<string, Told>): StoreSeen | null {
  const seen = hosts.flatMap(({ name }) => {
    const store = told.get(name)?.manager?.store;
    return typeof store === "object" ? store : [];
  });
  return seen.sort((one, other) => other.term - one.term)[0] ?? null;
}

// --- internal ---

/** Seconds that a replica may be behind before that is worth a word: then the application reads elsewhere, too. */
const LATE = 5;

const alone = (manager: ManagerTold | undefined) =>
  manager?.aloneFor == null ? "alone" : `alone for ${manager.aloneFor} s`;

const isAlone = ({ commitsWait, waitsFor }: DatabaseTold) => !commitsWait || waitsFor === 0;

function mysqlProblems(hosts: readonly Host[], told: ReadonlyMap<string, Told>): string[] {
  const states = hosts.map((host) => ({ ...host, database: told.get(host.name)?.database }));
  const primaries = states.filter(({ database }) => database?.takesWrites);
  const [primary, ...more] = primaries;
  if (!primary?.database) return ["no database takes writes"];
  if (more.length > 0) return [`${primaries.map(({ name }) => name).join(" and ")} all take writes`];
  const replicas = states.filter(({ name }) => name !== primary.name);
  const step = told.get(primary.name)?.manager?.step;
  return [
    ...(isAlone(primary.database) && replicas.length > 0
      ? [`${primary.name} is alone: what it loses is lost${step ? `. Its manager says: ${step}` : ""}`]
      : []),
    ...replicas.flatMap(({ name, database }) => {
      if (!database) return told.has(name) ? [`MySQL on ${name} does not answer`] : [];
      const { receives, applies, lagSeconds } = database;
      if (!follows(name, primary, states)) return [`${name} does not replicate from ${primary.name}`];
      if (!receives || !applies) return [`replication on ${name} has stopped`];
      return lagSeconds > LATE ? [`${name} is ${lagSeconds.toFixed(0)} s behind`] : [];
    }),
  ];
}

/** Whether a replica receives from the primary, or from one that does. */
function follows(
  name: string,
  primary: Host,
  states: readonly (Host & { database: DatabaseTold | undefined })[],
  left = states.length,
): boolean {
  const source = states.find((one) => one.name === name)?.database?.source;
  const next = states.find(({ address }) => address === source);
  if (next === undefined || left === 0) return false;
  return next.name === primary.name || follows(next.name, primary, states, left - 1);
}

function managerProblems(hosts: readonly Host[], told: ReadonlyMap<string, Told>): string[] {
  const store = storeSeen(hosts, told);
  return [
    ...hosts.flatMap(({ name }) => {
      const answer = told.get(name);
      if (!answer) return [];
      if (!answer.manager) return [`the manager of ${name} does not answer`];
      const { store: seen } = answer.manager;
      if (typeof seen === "object") return [];
      return [
        `the manager of ${name} knows nothing of the store: ${seen}${/does not know yet/.test(seen) ? " (npm run provision tells it)" : ""}`,
      ];
    }),
    ...(store?.paused ? ["nobody is promoted: promotion is paused (npm run promotion -- resume)"] : []),
    ...(store?.wanted ? [`a switchover to ${store.wanted} is under way`] : []),
  ];
}
