import { describe, expect, test } from "vitest";
import { failover } from "../../roles/failover/index.ts";
import { five, fiveWith, say } from "../helpers/role-context.ts";

const CONFIGURATION = "/etc/quintet/failover.json";
const UNIT = "/etc/systemd/system/failover.service";

describe("role failover", () => {
  test("has all that the manager reads before it starts", () => {
    expect(say(failover(), five, "db-01").ids).toEqual([
      "apt[nodejs]",
      "file[/etc/quintet/failover-authority.pem]",
      "file[/etc/quintet/failover-client.pem]",
      "file[/etc/quintet/failover-server.pem]",
      "file[/etc/quintet/failover-replication-password]",
      `file[${CONFIGURATION}]`,
      "release[/srv/failover]",
      `file[${UNIT}]`,
      "service[failover]",
    ]);
  });

  test("tells the manager who the databases are and where the store is", () => {
    expect(JSON.parse(say(failover(), five, "db-02").file(CONFIGURATION))).toEqual({
      me: "db-02",
      databases: { "db-01": "192.168.56.14", "db-02": "192.168.56.15" },
      store: ["https://192.168.56.11:2379", "https://192.168.56.12:2379", "https://192.168.56.13:2379"],
      keys: "/quintet/failover/",
      port: 8405,
      patience: 1,
      files: {
        socket: "/run/mysqld/mysqld.sock",
        processes: "/sys/fs/cgroup/system.slice/mysql.service/cgroup.procs",
        stopping: "/run/quintet-mysql-stopping",
        authority: "/etc/quintet/failover-authority.pem",
        client: "/etc/quintet/failover-client.pem",
        server: "/etc/quintet/failover-server.pem",
      },
    });
  });

  test("gives all managers the patience of the slowest machine", () => {
    const slow = fiveWith((yaml) =>
      yaml.replace(
        "web-03: { address: 192.168.56.13 }",
        "web-03: { address: 192.168.56.13, vars: { base: { patience: 4 } } }",
      ),
    );
    expect(JSON.parse(say(failover(), slow, "db-01").file(CONFIGURATION)).patience).toBe(4);
  });

  test("lets the manager do nothing as root but end mysqld", () => {
    const unit = say(failover({ memory: "48M" }), five, "db-01").file(UNIT);
    expect(unit).toContain("CapabilityBoundingSet=CAP_KILL\n");
    expect(unit).toContain("ProtectSystem=strict\n");
    expect(unit).toContain("MemoryMax=48M\n");
    expect(unit).not.toContain("ReadWritePaths");
  });

  test("shows the password to nobody, and hands it over by systemd", () => {
    const said = say(failover(), five, "db-01");
    expect(said.file("/etc/quintet/failover-replication-password")).toContain("REPLICATION_PASSWORD");
    expect(said.file(UNIT)).toContain("LoadCredential=replication-password:");
  });

  test("answers the control machine, the balancers and the other managers", () => {
    expect(say(failover(), five, "db-01").opens).toEqual([
      {
        ...{ port: 8405, protocol: "tcp", from: ["control", "database", "balancer"], at: "own" },
        purpose: "who is the primary",
      },
    ]);
  });
});
