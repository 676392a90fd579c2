import { buildSync } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { file, play, role, site } from "../../../engine/index.ts";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { provision as runEngine } from "../../../engine/run/run.ts";
import { bundle } from "../../../roles/shared/certificates.ts";
import { FAILOVER_KEYS, managerOf, ofStoreClient, storeUrl } from "../../../roles/shared/store.ts";
import { pair, sql, told } from "../databases.ts";
import {
  eventually,
  hosts,
  INVENTORY,
  inside,
  inventoryWith,
  lab,
  provision,
  smoke,
  start,
  visit,
} from "../machines.ts";

const MEMBERS = ["web-01", "web-02", "web-03"];
const URLS = hosts.filter(({ name }) => MEMBERS.includes(name)).map(storeUrl);
const CTL = "/usr/local/lib/quintet/etcdctl";
const CLIENT = "/root/store.mjs";
const MANAGER = "/root/manager.pem";
const KEPT = "/quintet/kept";

/** The store: who gets in, and what it survives. */
export function etcd(): void {
  describe("the store", () => {
    beforeAll(async () => {
      await inside("web-01", `echo ${bundled()} | base64 -d >${CLIENT}; ${CTL} put ${KEPT} kept`);
      expect(await certified()).toBe(0);
    });

    test("gives a database's manager all that it needs below its keys", async () => {
      expect(await ask(MANAGER, `${FAILOVER_KEYS}try`)).toEqual({
        watches: "watches",
        swapped: true,
        "swapped again": false,
        kept: 3,
        after: "mine",
        heard: ["mine", "gone"],
      });
    });

    test("gives the manager nothing else", async () => {
      const answers = await ask(MANAGER, KEPT);
      const denied = "etcdserver: permission denied";
      expect(answers).toMatchObject({ before: denied, swapped: denied, after: denied, heard: [] });
      expect(await inside("web-01", `${CTL} get --print-value-only ${KEPT}`)).toBe("kept");
    });

    test("takes back what somebody has changed of its users", async () => {
      await inside(
        "web-01",
        `${CTL} user add stranger --no-password; ${CTL} user grant-role stranger root; ${CTL} user delete failover-db-01; ${CTL} role grant-permission failover readwrite --prefix ${KEPT}`,
      );
      const ran = await provision("--role", "etcd");
      expect([ran.exitCode, ran.changed]).toEqual([0, ["web-01 etcd access[etcd]"]]);
      expect(
        await inside(
          "web-01",
          `${CTL} user list; ${CTL} role get failover | grep -c '(prefix ${FAILOVER_KEYS})'`,
        ),
      ).toBe("etcd-root\nfailover-db-01\nfailover-db-02\nroot\n2");
      expect((await provision("--role", "etcd")).changed).toEqual([]);
    });

    test("lets nobody in by a web server's certificate, nor by that of a member", async () => {
      for (const pair of ["/etc/nginx/tls/server.pem", "/etc/etcd/member.pem"]) {
        const answers = await ask(pair, `${FAILOVER_KEYS}try`);
        for (const question of ["watches", "before", "swapped", "kept"])
          expect(answers[question], question).toMatch(REFUSED);
        expect(answers["heard"]).toEqual([]);
      }
    });

    test("goes on while its members restart one after the other for another setting", async () => {
      const inventory = inventoryWith((yaml) => `${yaml}\nvars: { etcd: { quotaMegabytes: 80 } }\n`);
      await inside(
        "web-01",
        `systemd-run --quiet --collect --unit=quintet-writer node ${CLIENT} write ${URLS.join(",")} ${MANAGER} ${FAILOVER_KEYS}beat /run/quintet-writer.json`,
      );
      const since = await inside("web-01", "date +%s");
      const ran = await provision("-i", inventory, "--role", "etcd");
      const written = JSON.parse(
        await inside("web-01", "systemctl stop quintet-writer; cat /run/quintet-writer.json"),
      );
      expect([ran.exitCode, ran.handlers.filter((name) => name.endsWith("restart etcd")).sort()]).toEqual([
        0,
        MEMBERS.map((name) => `${name} restart etcd`),
      ]);
      const times = (await Promise.all(MEMBERS.map((name) => restartsOf(name, since)))).flat();
      times.sort((a, b) => a.stopped - b.stopped);
      expect(times).toHaveLength(3);
      for (const [at, { started }] of times.entries())
        expect(times[at + 1]?.stopped ?? Number.POSITIVE_INFINITY).toBeGreaterThan(started);
      // Three elections at most, one after the other, of which each takes its timeout and half of it again.
      expect(written.writes).toBeGreaterThan(10);
      expect(written.longestMs).toBeLessThan(10_000);
      console.log(`writes ${written.writes}, longest pause ${written.longestMs} ms`);
      expect((await provision("--role", "etcd")).exitCode).toBe(0);
    });

    test("serves without one member, and a run says so and leaves the others as they are", async () => {
      await lab.stop(["web-03"], { kill: true });
      await eventually(30, () => inside("web-01", `${CTL} put ${KEPT} kept`));
      const ran = await provision("--role", "etcd");
      expect([ran.exitCode, ran.changed]).toEqual([4, []]);
      expect((await visit()).status).toBe(200);
      await lab.start(["web-03"]);
      await eventually(60, () => smoke("--gentle", "--role", "etcd"));
    });

    test("has its data when all members were restarted at once", async () => {
      await Promise.all(MEMBERS.map((name) => inside(name, "systemctl kill -s KILL etcd")));
      await eventually(60, async () => {
        expect(await inside("web-02", `${CTL} get --print-value-only ${KEPT}`)).toBe("kept");
      });
      await eventually(30, () => smoke("--gentle", "--role", "etcd"));
    });

    test("takes a member back in the same run that makes its machine anew", async () => {
      const idOf = () => inside("web-01", `${CTL} member list | awk -F', ' '$3 == "web-02" { print $1 }'`);
      const before = await idOf();
      await lab.fresh(["web-02"]);
      const ran = await provision();
      expect([ran.exitCode, ran.changed.filter((one) => one.startsWith("web-02 etcd member"))]).toEqual([
        0,
        ["web-02 etcd member[etcd]"],
      ]);
      expect(await idOf()).not.toBe(before);
      expect(
        await inside("web-02", `ETCDCTL_ENDPOINTS=${URLS[1]} ${CTL} get --print-value-only ${KEPT}`),
      ).toBe("kept");
      await eventually(60, () => smoke("--gentle", "--role", "etcd"));
      expect((await provision("--role", "etcd")).changed).toEqual([]);
    });

    test("is founded once: a founding that broke off goes on, and nobody founds beside a machine that is away", async () => {
      const wipe = "systemctl stop etcd; rm -rf /var/lib/etcd/default";
      await Promise.all(MEMBERS.map((name) => inside(name, wipe)));
      await lab.cut(["web-03"]);
      const refused = await provision("--role", "etcd", "--limit", "web-01,web-02");
      expect([refused.exitCode, refused.changed]).toEqual([3, []]);
      await lab.heal(["web-03"]);
      const alone = start("scripts/provision.ts", ["--role", "etcd", "--limit", "web-01"]);
      await eventually(60, () => inside("web-01", "[ -d /var/lib/etcd/default/member/wal ]"));
      alone.child.kill("SIGINT");
      expect((await alone.done).exitCode).toBe(130);
      expect((await provision("--role", "etcd", "--lock-wait", "120")).exitCode).toBe(0);
      await eventually(60, () => smoke("--gentle", "--role", "etcd"));
      expect((await provision("--role", "etcd")).changed).toEqual([]);
    });

    test("that has lost everything is told again who the primary is, and the terms go on", async () => {
      await eventually(20, async () => expect((await told("db-01")).store).toMatch(/does not know yet/));
      expect((await visit()).status).toBe(200);
      const before = Number(await sql("db-01", "SELECT term FROM quintet.failover"));
      const run = await provision("--limit", "db-01,db-02");
      expect([run.exitCode, run.changed]).toEqual([0, ["db-01 replication seeded[db-01]"]]);
      expect((await pair("db-01")).term).toBe(before + 1);
    });
  });
}

// --- internal ---

/** What a client hears of TLS: why it is refused if it reads before it writes, otherwise a connection that breaks. */
const REFUSED = /alert bad certificate|ECONNRESET|EPIPE/;

function bundled(): string {
  const { outputFiles } = buildSync({
    entryPoints: ["test/lab/store/main.ts"],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    write: false,
  });
  return Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
}

/** Gives web-01 the certificate of the manager of db-01: by this the store knows it, wherever it is. */
function certified(): Promise<number> {
  const user = managerOf({ name: "db-01" });
  const manager = role("manager", {
    summary: "",
    vars: z.object({}),
    certificates: ({ inventory }) => [ofStoreClient(user, inventory)],
    resources: ({ certificate }) => [file(MANAGER, { content: bundle(certificate(user)), mode: "0600" })],
  });
  const inventory = readInventory(INVENTORY);
  const options = {
    inventory,
    site: site(play("web", [manager()])),
    mode: "apply",
    limit: "web-01",
  } as const;
  return runEngine(options, () => undefined);
}

async function ask(pair: string, key: string): Promise<Record<string, unknown>> {
  return JSON.parse(await inside("web-01", `node ${CLIENT} ask ${URLS[1]} ${pair} ${key}`));
}

/** When etcd was stopped and started again on a machine, in microseconds. */
async function restartsOf(name: string, since: string) {
  const lines = await inside(
    name,
    `journalctl --unit=etcd --since=@${since} -o json --output-fields=MESSAGE,JOB_TYPE,MESSAGE_ID | grep -E '"JOB_TYPE"'`,
  );
  const jobs = lines.split("\n").map((line) => JSON.parse(line));
  const at = (word: string) =>
    jobs.filter(({ MESSAGE }) => MESSAGE.startsWith(word)).map((job) => Number(job.__REALTIME_TIMESTAMP));
  const started = at("Started");
  return at("Stopping").map((stopped, index) => ({ stopped, started: started[index] ?? 0 }));
}
