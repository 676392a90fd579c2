import { describe, expect, test } from "vitest";
import { eventually, FINGERPRINT, inside, lab, provision, type Ran, run, smoke } from "../machines.ts";

const HOSTS = ["web-01", "web-02", "web-03", "db-01", "db-02"];

/** From bare machines to a site that passes its smoke tests. After that a run has nothing to do. */
export function birth(): void {
  describe("five bare machines", () => {
    let plan: Ran;

    test("have a plan that calls unknown what cannot be known yet", async () => {
      await lab.down();
      await lab.up();
      plan = await provision("--check");
      expect(plan.exitCode).toBe(2);
      expect(plan.changed).toContain("web-01 nginx apt[nginx]");
      expect(plan.unknown).toContain("db-02 replication replication[db-01]");
    });

    test("change exactly as the plan said", async () => {
      const run = await provision();
      expect(run.stderr).toBe("");
      expect(run.exitCode).toBe(0);
      const foreseen = new Set([...plan.changed, ...plan.unknown]);
      expect(run.changed.filter((change) => !foreseen.has(change))).toEqual([]);
      expect(plan.changed.filter((change) => !run.changed.includes(change))).toEqual([]);
    });

    test("serve www.foobar.com", async () => {
      const names = await smoke();
      expect(names.length).toBeGreaterThan(8);
    });

    test("say who does what, and what is wrong", async () => {
      const status = async () => {
        const { exitCode, stdout } = await run("scripts/status.ts", "--json", "--wait", "20");
        return [exitCode, JSON.parse(stdout).problems];
      };
      await eventually(20, async () => expect(await status()).toEqual([0, []]));
      await inside("db-02", "mysql --no-defaults -e 'STOP REPLICA SQL_THREAD'");
      await inside("web-03", "systemctl stop etcd nginx");
      await eventually(20, async () =>
        expect(await status()).toEqual([
          3,
          [
            expect.stringMatching(/^web-03 gets no requests: (DOWN|MAINT)/),
            "replication on db-02 has stopped",
            "web-03 is no member of the store that works",
          ],
        ]),
      );
      await inside("db-02", "mysql --no-defaults -e 'START REPLICA'");
      await inside("web-03", "systemctl start etcd nginx");
      await eventually(40, async () => expect(await status()).toEqual([0, []]));
    });

    test("stay exactly the same in a second run, with one exec for each host", async () => {
      const before = await Promise.all(HOSTS.map((host) => inside(host, FINGERPRINT)));
      const run = await provision();
      const after = await Promise.all(HOSTS.map((host) => inside(host, FINGERPRINT)));
      expect(run.exitCode).toBe(0);
      expect(run.changed).toEqual([]);
      expect(run.events.filter(({ type }) => type === "handler")).toEqual([]);
      expect(after).toEqual(before);
      expect(Object.values(run.execs)).toEqual(HOSTS.map(() => 1));
    });

    test("then have an empty plan, with exit code 0", async () => {
      const run = await provision("--check");
      expect([run.exitCode, run.changed, run.unknown]).toEqual([0, [], []]);
    });

    test("can be provisioned with one role on one host only", async () => {
      const run = await provision("--role", "nginx", "--limit", "web-02");
      expect(run.exitCode).toBe(0);
      expect(Object.keys(run.execs)).toEqual(["web-02"]);
      expect(run.execs["web-02"]).toBe(1);
    });
  });
}
