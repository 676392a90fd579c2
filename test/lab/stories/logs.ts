import { describe, expect, test } from "vitest";
import { crowd, scanners } from "../crowd.ts";
import { eventually, hosts, inside, run, visit } from "../machines.ts";

const WEB = ["web-01", "web-02", "web-03"];
const LOGS = "/var/log/nginx";
const FILES = `stat -c '%n %U:%G %a' ${LOGS} ${LOGS}/*.log`;
const AS_MADE = [
  `${LOGS} root:adm 755`,
  `${LOGS}/access.log www-data:adm 640`,
  `${LOGS}/error.log www-data:adm 640`,
].join("\n");

/** Logs that last: what the journal is for is not pushed out by visitors, and no log fills a disk. */
export function logs(): void {
  describe("the logs", () => {
    journal();
    nginx();
    rotation();
  });
}

// --- internal ---

function journal(): void {
  test("a crowd and the health checks leave next to nothing in any journal", async () => {
    const before = await ends();
    const answers = await crowd(10_000, ["/healthz", "/api/server", "/", "/static/site.css"]);
    expect(answers).toEqual({ 200: 10_000 });
    for (const [host, bytes] of await grown(before))
      expect([host, bytes < 10 * 10_000, bytes]).toEqual([host, true, bytes]);
  });

  test("scanners do not push a login out: the balancer's lines beyond its limit are not kept", async () => {
    const login = "journalctl -q -u ssh -g 'Accepted publickey' -o cat | wc -l";
    await run("scripts/ssh.ts", "web-01", "true");
    const logins = await inside("web-01", login);
    const before = await ends();
    await scanners(5000);
    // HAProxy would say some 900 bytes of each.
    for (const [host, bytes] of await grown(before))
      expect([host, bytes < 300_000, bytes]).toEqual([host, true, bytes]);
    expect([Number(logins) > 0, await inside("web-01", login)]).toEqual([true, logins]);
  });
}

function nginx(): void {
  test("Nginx starts without its log files, without their directory, and reloads without them", async () => {
    const gone = [
      `rm -rf ${LOGS}; systemctl restart nginx`,
      `rm ${LOGS}/*; systemctl restart nginx`,
      `rm ${LOGS}/*; systemctl reload nginx`,
    ];
    for (const loss of gone) {
      await inside("web-02", loss);
      expect([loss, await inside("web-02", FILES)]).toEqual([loss, AS_MADE]);
      await logged("web-02");
    }
  });

  test("MySQL starts without the directory that only Debian's installation wrote to", async () => {
    await inside(
      "db-02",
      "mv /var/log/mysql /root/mysql.log; systemctl restart mysql; mv /root/mysql.log /var/log/mysql",
    );
    expect(await inside("db-02", "systemctl is-active mysql")).toBe("active");
  });
}

function rotation(): void {
  test("logrotate has no error on any machine, and its timer waits", async () => {
    for (const { name } of hosts) {
      const said = await inside(
        name,
        "logrotate --force /etc/logrotate.conf 2>&1; systemctl start logrotate.service",
      );
      const timer = await inside(name, "systemctl is-active logrotate.timer");
      expect([name, said, timer]).toEqual([name, "", "active"]);
    }
  });

  test("Nginx writes to the new file, and the old ones are there with their rights", async () => {
    for (const host of WEB) {
      await logged(host);
      await inside(host, "logrotate --force /etc/logrotate.d/nginx");
      await logged(host);
      const files = await inside(
        host,
        `${FILES} ${LOGS}/access.log.1; zcat ${LOGS}/access.log.2.gz | grep -c uri`,
      );
      expect(files).toMatch(new RegExp(`^${AS_MADE}\n${LOGS}/access.log.1 www-data:adm 640\n[1-9]`));
    }
  });
}

/** A new request is in the log of this web server. */
async function logged(host: string): Promise<void> {
  const path = `/api/server?${Date.now()}`;
  await eventually(10, async () => {
    for (const _ of WEB) await visit(path);
    await inside(host, `grep -qF '${path}' ${LOGS}/access.log`);
  });
}

/** Where the journal of each machine ends now. */
async function ends(): Promise<[string, string][]> {
  return each((name) => inside(name, "journalctl -q -n 0 --show-cursor | sed 's/^-- cursor: //'"));
}

/** Bytes that each machine's journal got since, with all fields. On disk they are fewer. */
async function grown(before: readonly [string, string][]): Promise<[string, number][]> {
  const cursors = new Map(before);
  return each(async (name) =>
    Number(
      await inside(
        name,
        `journalctl --sync; journalctl -q --after-cursor='${cursors.get(name)}' -o export | wc -c`,
      ),
    ),
  );
}

const each = <T>(ask: (name: string) => Promise<T>) =>
  Promise.all(hosts.map(async ({ name }): Promise<[string, T]> => [name, await ask(name)]));
