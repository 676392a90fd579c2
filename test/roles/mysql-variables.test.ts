import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Resource, resource, sh } from "../../engine/index.ts";
import { mysql } from "../../roles/mysql/index.ts";
import { variables } from "../../roles/mysql/resources/variables.ts";
import { SCRIPTS } from "../../roles/mysql/server.ts";
import { configuration } from "../../roles/mysql/settings.ts";
import { differences } from "../../roles/mysql/templates/variables.sql.ts";
import { runProgram } from "../helpers/program.ts";
import { five, say } from "../helpers/role-context.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";

const [host] = five.hosts.filter(({ name }) => name === "db-01");
if (!host) throw new Error("the inventory has no db-01");
const settings = {
  host,
  bufferPoolMegabytes: 300,
  maxConnections: 150,
  binlogDays: 7,
};
const all = configuration(settings).filter((line) => typeof line !== "string");

describe("what MySQL's file says", () => {
  const { ids, file } = say(mysql(), five, "db-01");
  const options = file("/etc/mysql/mysql.conf.d/mysqld.cnf").match(/^\w+(?= += )/gm) ?? [];

  test("is compared with what runs, all but what is no variable", () => {
    const compared = differences(all, []);
    const missing = options.filter(
      (option) => !compared.includes(`ROW('${option.replace(/^loose_/, "")}', `),
    );
    expect(options.length).toBeGreaterThan(35);
    expect([...new Set(missing)]).toEqual(["user", "mysqlx", "plugin_load_add"]);
  });

  test("is compared last in the role, so that a difference stops neither writes nor replication", () => {
    expect(ids.at(-1)).toBe("variables[mysqld]");
  });

  test.each([
    ["innodb_redo_log_capacity", "'67108864'"],
    ["log_bin", "'ON'"],
    ["rpl_semi_sync_replica_enabled", "'ON'"],
    ["binlog_expire_logs_seconds", "'604800'"],
  ])("is compared in the form that runs: %s", (name, value) => {
    expect(differences(all, [])).toContain(`ROW('${name}', ${value}, ${value})`);
  });

  test("is compared in whole chunks where InnoDB rounds", () => {
    expect(differences(all, [])).toMatch(/ROW\('innodb_buffer_pool_size', CAST\(CEIL\(314572800 \/ /);
  });

  test("brings plugins, whose variables must be there", () => {
    expect(differences(all, ["rpl_semi_sync_source_enabled"])).toContain(
      "ROW('rpl_semi_sync_source_enabled', NULL, 'from semisync_source.so'), ROW('clone_ssl_ca', NULL, 'from mysql_clone.so')",
    );
  });
});

/** Settings that safety hangs on, each with what is lost without it. */
test.each<[string, string | number, string]>([
  ["sync_binlog", 1, "a power cut takes commits that were acknowledged"],
  ["innodb_flush_log_at_trx_commit", 1, "a power cut takes commits that were acknowledged"],
  ["gtid_mode", "ON", "nobody can tell which transactions a machine lacks"],
  ["enforce_gtid_consistency", "ON", "gtid_mode cannot be on"],
  ["log_bin", "/var/lib/mysql/binlog", "nothing is replicated"],
  ["sync_relay_log", 1, "a replica confirms what it has not on disk"],
  ["relay_log_recovery", "OFF", "a replica that restarts throws away what it has confirmed and not applied"],
  ["replica_preserve_commit_order", "ON", "a replica shows what never was"],
  ["skip_replica_start", "ON", "a machine that comes back replicates before anybody has looked at it"],
  ["super_read_only", "ON", "a machine that comes back takes writes before anybody has looked at it"],
  ["loose_rpl_semi_sync_replica_enabled", "ON", "nothing is confirmed"],
  [
    "loose_rpl_semi_sync_source_enabled",
    "OFF",
    "a replica's applier waits for a confirmation that never comes",
  ],
  ["loose_rpl_semi_sync_source_wait_point", "AFTER_SYNC", "others see a write that may still be lost"],
  ["loose_rpl_semi_sync_source_wait_for_replica_count", 1, "a commit waits for nobody"],
  ["loose_rpl_semi_sync_source_timeout", "4294967295000", "a commit is acknowledged although nobody has it"],
  [
    "loose_rpl_semi_sync_source_wait_no_replica",
    "ON",
    "a primary that is cut off acknowledges what is lost later",
  ],
  ["require_secure_transport", "ON", "passwords and rows travel in the clear"],
])("MySQL is told %s = %s once: otherwise %s", (option, value, _lost) => {
  expect(all.filter((line) => line.option === option).map((line) => line.value)).toEqual([value]);
});

test.each(["semisync_source.so", "semisync_replica.so"])("MySQL loads %s", (library) => {
  expect(all.filter(({ value }) => value === library)).toHaveLength(1);
});

test("who takes writes is not for the comparison to decide", () => {
  const compared = differences(all, ["super_read_only"]);
  expect(compared).not.toContain("ROW('super_read_only'");
  expect(compared).toMatch(/VARIABLE_NAME NOT IN \([^)]*'super_read_only', 'read_only'/);
});

describe.skipIf(!canSandbox)("a script of mysqld's unit", () => {
  const { file } = say(mysql(), five, "db-01");
  const unit = file("/etc/systemd/system/mysql.service.d/quintet.conf");
  const noted = (box: Sandbox) => join(box.lib, "mysql/started.sql");

  /** The script with another MySQL. */
  const runs = async (box: Sandbox, path: string, answer: string, ...words: readonly string[]) => {
    const script = file(path).replace(/\nset -e?u\n/, (set) => `${set}cd ${box.host}; ${answer}\n`);
    const child = box.spawn(["sh", "-c", script, path, ...words]);
    return new Promise<number | null>((resolve) => child.on("close", resolve));
  };

  test("notes at every start what the variables are, for root only", async () => {
    const box = sandbox();
    expect(await runs(box, SCRIPTS.started, "mysql() { echo 'SET @started = 1;'; }")).toBe(0);
    expect(readFileSync(noted(box), "utf8")).toBe("SET @started = 1;\n");
    expect(statSync(noted(box)).mode & 0o777).toBe(0o600);
    expect(unit).toContain(`\nExecStartPost=+-${SCRIPTS.started}\n`);
  });

  test("keeps what it has noted if MySQL does not answer", async () => {
    const box = sandbox();
    await runs(box, SCRIPTS.started, "mysql() { echo 'SET @started = 1;'; }");
    expect(await runs(box, SCRIPTS.started, "mysql() { return 1; }")).not.toBe(0);
    expect(readFileSync(noted(box), "utf8")).toBe("SET @started = 1;\n");
  });

  const stopped = async (mysqlDoes: string) => {
    const box = sandbox();
    const parts = `timeout() { shift; "$@"; }; kill() { echo "kill $*" >>told; }; mysql() { echo "$4" >>told; ${mysqlDoes}; }`;
    await runs(box, SCRIPTS.stop, parts, "4711");
    return readFileSync(join(box.host, "told"), "utf8").trim().split("\n");
  };
  const CLOSES = "SET SESSION lock_wait_timeout = 1; SET GLOBAL super_read_only = ON";
  const HANGS_UP = "SET GLOBAL offline_mode = ON";

  test("lets what waits be confirmed, then hangs up before mysqld ends", async () => {
    expect(unit).toContain(`\nExecStop=+-${SCRIPTS.stop} $MAINPID\n`);
    expect(await stopped(":")).toEqual([CLOSES, HANGS_UP]);
  });

  test("hangs up although a commit waits and keeps it from closing", async () => {
    expect(await stopped("case $4 in *super_read_only*) return 1 ;; esac")).toEqual([CLOSES, HANGS_UP]);
  });

  test("ends a mysqld that does not answer, so that it tells no client that a write is safe", async () => {
    expect(await stopped("return 1")).toEqual([CLOSES, HANGS_UP, "kill -KILL 4711"]);
  });
});

describe.skipIf(!canSandbox)("MySQL's variables", () => {
  const compared = (needs: readonly Resource[] = []) =>
    variables("mysqld", { settings, others: [], script: "notes", needs });

  /** Runs it with a MySQL that differs as the file `differs` says, until it is told something; the file `told` keeps that. */
  const run = (box: Sandbox, mode: "check" | "apply", { wanted = [compared()], more = "" } = {}) =>
    runProgram(box, wanted, {
      mode,
      before: `
        cd ${box.host}
        mysql() {
          case "$*" in *' -e '*) asked=$* ;; *) asked=$(cat) ;; esac
          case $asked in
            *"SELECT 'sql'"*) [ ! -e differs ] || printf 'sql\\tvariables\\t%s\\n' "$(cat differs)" ;;
            *'SELECT statement AS'*) echo 'SET GLOBAL sync_binlog = 1;' ;;
            *'SELECT line AS'*) cat differs ;;
            *'SELECT IF(beaten'*) grep other.cnf differs || : ;;
            *) echo "$asked" >>told; $refuses; echo 'as configured' >differs ;;
          esac
        }
        notes() { echo notes >>told; }
        systemctl() { case $1 in restart) echo "$*" >>told; echo 'as configured' >differs ;; is-active) return 1 ;; esac; }
        refuses=:
        ${more}`,
    });
  const write = (box: Sandbox, difference: string) => writeFileSync(join(box.host, "differs"), difference);
  const told = (box: Sandbox) => readFileSync(join(box.host, "told"), "utf8").trim().split("\n");
  const RESET = "--no-defaults -e RESET PERSIST";

  test("are named in the plan if they differ, and set by the run without a restart", async () => {
    const box = sandbox();
    write(box, "sync_binlog: 0 (PERSISTED) -> 1");
    const plan = await run(box, "check");
    expect(plan.said).toEqual(["changed variables[mysqld]", "finished"]);
    expect(plan.text).toContain("sync_binlog: 0 (PERSISTED) -> 1");
    expect((await run(box, "apply")).said.at(-2)).toBe("changed variables[mysqld]");
    expect(told(box)).toEqual([RESET, "SET GLOBAL sync_binlog = 1;", "notes"]);
    expect((await run(box, "apply")).said).toEqual(["ok variables[mysqld]", "finished"]);
  });

  test("are worth a restart if MySQL refuses to set one", async () => {
    const box = sandbox();
    write(box, "gtid_mode: OFF (PERSISTED) -> ON");
    const refuses = `refuses='eval case $asked in SET*) return 1 ;; esac'`;
    expect((await run(box, "apply", { more: refuses })).said.at(-2)).toBe("changed variables[mysqld]");
    expect(told(box)).toEqual([RESET, "SET GLOBAL sync_binlog = 1;", "restart mysql"]);
  });

  test("make the run fail if another file sets them, and it names that file", async () => {
    const box = sandbox();
    const beaten = "sync_binlog: 0 (GLOBAL /etc/mysql/mysql.conf.d/other.cnf) -> 1";
    write(box, beaten);
    const { said, text } = await run(box, "apply", { more: "refuses='return 0'" });
    expect(said.at(-1)).toBe("failed variables[mysqld] apply 1");
    expect(text).toContain("These beat /etc/mysql/mysql.conf.d/mysqld.cnf.");
    expect(text).toContain(`${beaten}\nTake them out there`);
  });

  test("are unknown to a plan while MySQL is only planned to run", async () => {
    const starts = resource("starts", () => ({ check: sh`exit 1`, apply: sh`:` }))("mysql");
    const { said } = await run(sandbox(), "check", { wanted: [starts, compared([starts])] });
    expect(said).toEqual([
      "changed starts[mysql]",
      "unknown variables[mysqld] waits for starts[mysql]",
      "finished",
    ]);
  });
});
