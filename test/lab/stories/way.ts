import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { PKI } from "../../../engine/pki/certificates.ts";
import { FAILOVER_KEYS } from "../../../roles/shared/store.ts";
import { tell } from "../../helpers/by-hand.ts";
import { ctl, pair } from "../databases.ts";
import { eventually, inside, lab, provision, smoke, visit } from "../machines.ts";
import { visitors } from "../visitors.ts";

const WEB = ["web-01", "web-02", "web-03"];
const onEach = (script: string) => Promise.all(WEB.map((host) => inside(host, script)));
const answers = "until curl -sf -m 20 -o /dev/null http://127.0.0.1:3000/healthz; do sleep 0.1; done";
const repeat = (times: number, script: string) => `for time in $(seq ${times}); do ${script}; sleep 1; done`;

/** Sends commands to HAProxy on each balancer, and returns what the first one answers. */
async function haproxy(command: string): Promise<string> {
  const [said = ""] = await onEach(tell(command));
  return said;
}

/** The state of a web server in a list of HAProxy's, on each balancer: UP, DOWN, MAINT, DRAIN. */
async function states(server: string, list = "web"): Promise<string[]> {
  const seen = await onEach(
    `curl -sk 'http://127.0.0.1:8404/stats;csv' | awk -F, '$1 == "${list}" && $2 == "${server}" { print $18 }'`,
  );
  return seen.map((state) => state.replace(/ .*/, ""));
}

async function servers(count: number): Promise<(string | null)[]> {
  const served: (string | null)[] = [];
  for (let at = 0; at < count; at++) served.push((await visit("/api/server")).servedBy);
  return served;
}

/** The way of a request: connections that are kept, parts that change under it, and parts that hang. */
export function way(): void {
  describe("requests do not fail, neither reads nor writes, on kept and on new connections, while", () => {
    test.each<[string, () => Promise<unknown>]>([
      ["Nginx reloads, again and again", () => onEach(repeat(8, "systemctl reload nginx"))],
      [
        "Nginx restarts on one web server after the other",
        async () => {
          for (const host of WEB) await inside(host, "systemctl restart nginx; sleep 3");
        },
      ],
      ["the application restarts on all", () => onEach(repeat(3, `systemctl restart foobar; ${answers}`))],
      ["HAProxy reloads, again and again", () => onEach(repeat(5, "systemctl reload haproxy"))],
      [
        "a web server is drained, and comes back",
        async () => {
          await haproxy("set server web/web-02 state drain");
          expect(await states("web-02")).toEqual(WEB.map(() => "DRAIN"));
          await eventually(5, async () => expect(await servers(6)).not.toContain("web-02"));
          await inside("web-02", `systemctl restart nginx foobar; ${answers}`);
          await haproxy("set server web/web-02 state ready");
          await eventually(10, async () => expect(await servers(6)).toContain("web-02"));
        },
      ],
      [
        "certificates are renewed on all",
        async () => {
          for (const name of [...WEB, "site"]) rmSync(join(PKI, `${name}.pem`));
          expect((await provision("--role", "nginx", "--role", "haproxy")).exitCode).toBe(0);
        },
      ],
      [
        "a new release comes",
        async () => {
          const other = 'cp -a "$(readlink -f current)" releases/other && ln -sfn releases/other current';
          await onEach(`cd /srv/foobar && ${other} && systemctl restart foobar; ${answers}`);
          expect((await provision("--role", "app")).changed).toContain("web-01 app release[/srv/foobar]");
        },
      ],
    ])("%s", async (_, change) => {
      const crowd = visitors();
      await change();
      const { answered, written, failures } = await crowd.stop();
      expect(failures).toEqual([]);
      expect(answered).toBeGreaterThan(50);
      expect(written.length).toBeGreaterThan(20);
      expect(new Set(written).size).toBe(written.length);
    });

    test("and then the site takes strict turns, and is as provisioned", async () => {
      await eventually(30, () => smoke("--gentle"));
      expect((await provision()).changed).toEqual([]);
    });
  });

  test("connections are kept on both ways, but no write goes over one that was used, and TLS sessions are resumed", async () => {
    const held = await onEach("ip -o address show to 192.168.56.10");
    const holder = WEB[held.findIndex(Boolean)] ?? "";
    const opened = async () => {
      const columns = '$1 == "web" && $2 == "BACKEND" { print $column["connect"] }';
      const names = "NR == 1 { for (at = 1; at <= NF; at++) column[$at] = at }";
      return Number(
        await inside(holder, `curl -sk 'http://127.0.0.1:8404/stats;csv' | awk -F, '${names} ${columns}'`),
      );
    };
    const body = JSON.stringify({ name: "a visitor", message: "hello" });
    const write = { method: "POST" as const, body, headers: { "content-type": "application/json" } };
    const cost = async (requests: number, question: typeof write | undefined) => {
      const before = await opened();
      for (let at = 0; at < requests; at++) await visit("/api/entries", question);
      return (await opened()) - before;
    };
    await cost(6, undefined);
    let reads = 0;
    for (let round = 0; round < 5; round++) {
      // Each server has a connection that waits for the next read: a write must not take it.
      reads += await cost(6, undefined);
      expect(await cost(6, write)).toBe(6);
    }
    // HAProxy ends some that wait, every five seconds.
    expect(reads).toBeLessThan(15);
    expect(await haproxyInfo(holder, "SslBackendKeyRate")).toBe(0);
  });

  describe("a part that hangs", () => {
    test.each([
      ["the application", "foobar.service"],
      ["Nginx", "nginx.service"],
    ])("leaves the rotation: %s; reads are repeated elsewhere, and writes are answered", async (_, unit) => {
      const crowd = visitors();
      await inside("web-02", `systemctl kill --signal=STOP ${unit}`);
      try {
        await eventually(10, async () => expect(await states("web-02")).toEqual(WEB.map(() => "DOWN")));
        await eventually(10, async () => expect(await servers(6)).not.toContain("web-02"));
      } finally {
        await inside("web-02", `systemctl kill --signal=CONT ${unit}`);
      }
      const { failures } = await crowd.stop();
      // What was being written when the application froze may have been written or not, so nobody repeats it. If the
      // application goes on before the balancer gives up, its own answer is 503.
      expect(failures.filter((failure) => !/POST .*: 50[234]$/.test(failure))).toEqual([]);
      expect(failures.length).toBeLessThan(unit === "foobar.service" ? 20 : 1);
      await eventually(20, async () => expect(await states("web-02")).toEqual(WEB.map(() => "UP")));
    });

    test("on all web servers at once: reads that are under way are answered when it goes on", async () => {
      const crowd = visitors();
      await onEach("systemctl kill --signal=STOP foobar.service");
      try {
        for (const host of WEB)
          await eventually(10, async () => expect(await states(host)).toEqual(WEB.map(() => "DOWN")));
        // So long does a balancer wait for an answer. Then it repeats the read, although no server is left that is ready.
        await setTimeout(2500);
      } finally {
        await onEach("systemctl kill --signal=CONT foobar.service");
      }
      const { failures } = await crowd.stop();
      expect(failures.filter((failure) => !/POST .*: 50[234]$/.test(failure))).toEqual([]);
      await eventually(20, async () => expect(await states("web-01")).toEqual(WEB.map(() => "UP")));
    });

    test("a web server that alone has lost its databases loses its visitors", async () => {
      await lab.cut(["web-01"], { from: "db-01" });
      await lab.cut(["web-01"], { from: "db-02" });
      try {
        await eventually(20, async () => expect(await states("web-01")).toEqual(WEB.map(() => "DOWN")));
        const crowd = visitors();
        expect(await servers(9)).not.toContain("web-01");
        expect((await crowd.stop()).failures).toEqual([]);
      } finally {
        await lab.heal([]);
      }
      await eventually(20, async () => expect(await states("web-01")).toEqual(WEB.map(() => "UP")));
    });

    test("if all have lost the primary, reading goes on, and if all have lost both, what needs none does", async () => {
      const status = async (path: string) => (await visit(path)).status;
      // Otherwise the other one would be the primary soon: with the web machines the store is away, too.
      await ctl(`put ${FAILOVER_KEYS}paused yes`);
      await lab.cut(WEB, { from: "db-01" });
      try {
        for (const host of WEB)
          await eventually(20, async () => expect(await states(host)).toEqual(WEB.map(() => "DOWN")));
        expect([await status("/"), await status("/api/entries"), await status("/about")]).toEqual([
          200, 200, 200,
        ]);
        expect(new Set(await servers(6))).toEqual(new Set(WEB));
        await lab.cut(WEB, { from: "db-02" });
        await eventually(20, async () => expect(await status("/")).toBe(503));
        expect([await status("/about"), await status("/static/site.css")]).toEqual([200, 200]);
      } finally {
        await lab.heal([]);
        await pair("db-01");
        await ctl(`del ${FAILOVER_KEYS}paused`);
      }
      await eventually(40, () => smoke("--gentle"));
    });
  });

  test("maintenance that somebody has set outlasts a reload, not a run", async () => {
    await haproxy("set server web/web-03 state maint");
    await onEach("systemctl reload haproxy; sleep 2");
    expect(await states("web-03")).toEqual(WEB.map(() => "MAINT"));
    expect(await servers(6)).not.toContain("web-03");
    expect((await provision("--limit", "web")).changed).toEqual(
      WEB.map((host) => `${host} haproxy asConfigured[haproxy]`),
    );
    expect(await states("web-03")).toEqual(WEB.map(() => "UP"));
  });
}

// --- internal ---

async function haproxyInfo(host: string, name: string): Promise<number> {
  const info = await inside(host, tell("show info"));
  return Number(new RegExp(`^${name}: (\\d+)`, "m").exec(info)?.[1]);
}
