import { expect, onTestFinished, test, vi } from "vitest";
import { jsonReporter } from "../../engine/report/json.ts";
import { terminalReporter } from "../../engine/report/terminal.ts";
import type { HostResult, RunEvent } from "../../engine/run/events.ts";

const begin = (mode: "check" | "apply"): RunEvent => ({
  type: "begin",
  run: "20260102T030405",
  mode,
  hosts: ["web-01", "web-02", "database-01"],
  roles: ["base", "nginx"],
  inventory: "inventory/five.yaml",
});
const at = (host: string, resource: string) => ({ host, role: "nginx", resource });
const result = (host: string, more: Partial<HostResult> = {}): HostResult => ({
  host,
  ok: 3,
  changed: 0,
  unknown: 0,
  failed: 0,
  skipped: 0,
  outcome: "done",
  execs: 1,
  ms: 1234,
  ...more,
});
const end = (...hosts: readonly HostResult[]): RunEvent => ({ type: "end", hosts, ms: 2345, exitCode: 0 });

const DIFF = "--- /etc/nginx.conf (now)\n+++ /etc/nginx.conf (wanted)\n@@ -1 +1 @@\n-old\n+new\n";

/** What a reporter prints of these events. */
function printed(report: (event: RunEvent) => void, events: readonly RunEvent[]): string {
  let output = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    output += String(chunk);
    return true;
  });
  onTestFinished(() => write.mockRestore());
  for (const event of events) report(event);
  return output;
}

/** Every host goes through the same. */
const planned = (host: string): RunEvent => ({
  type: "planned",
  host,
  steps: [
    { kind: "resources", names: ["file[/etc/nginx.conf]"] },
    { kind: "resources", names: ["service[nginx]"] },
    { kind: "handler", names: ["reload nginx"] },
  ],
});

const plain = { diff: false, verbose: false };

test("a run is told as it happens, a line a change, and counted at the end", () => {
  const output = printed(terminalReporter(plain), [
    begin("apply"),
    { type: "connected", host: "web-01", ms: 80 },
    { type: "ok", ...at("web-01", "apt[nginx]") },
    { type: "start", ...at("web-01", "file[/etc/nginx.conf]") },
    { type: "changed", ...at("web-01", "file[/etc/nginx.conf]"), diff: DIFF, ms: 12 },
    { type: "waiting", ...at("web-02", "apt[nginx]"), reason: "dpkg's lock" },
    { type: "changed", ...at("web-02", "apt[nginx]"), diff: "", ms: 4321 },
    {
      type: "handler",
      host: "web-01",
      role: "nginx",
      handler: "reload nginx",
      status: "done",
      output: "",
      ms: 5,
    },
    end(result("web-01", { changed: 2 }), result("web-02", { changed: 1 }), result("database-01")),
  ]);
  expect(output).toMatchInlineSnapshot(`
    "Run of inventory/five.yaml: base, nginx on 3 hosts
    changed    file[/etc/nginx.conf]  web-01
    web-02       waits      apt[nginx]: dpkg's lock
    changed    apt[nginx]  4.3 s  web-02
    handler    reload nginx  web-01

    web-01       ok 3     changed 2     unknown 0     failed 0     skipped 0     done, 1.23 s, 1 exec
    web-02       ok 3     changed 1     unknown 0     failed 0     skipped 0     done, 1.23 s, 1 exec
    database-01  ok 3     changed 0     unknown 0     failed 0     skipped 0     done, 1.23 s, 1 exec
    in 2.35 s
    "
  `);
});

test("what a person should do is told last of all", () => {
  const output = printed(terminalReporter(plain), [
    begin("apply"),
    { type: "notice", text: "certificate site: asking the CA" },
    { type: "warning", text: "certificate site: the old one stays in use" },
    { type: "changed", ...at("web-01", "file[/etc/nginx.conf]"), diff: "", ms: 1 },
    end(result("web-01", { changed: 1 })),
  ]);
  expect(output).toMatchInlineSnapshot(`
    "Run of inventory/five.yaml: base, nginx on 3 hosts
    certificate site: asking the CA
    changed    file[/etc/nginx.conf]  web-01

    web-01       ok 3     changed 1     unknown 0     failed 0     skipped 0     done, 1.23 s, 1 exec
    in 2.35 s
    warning  certificate site: the old one stays in use
    "
  `);
});

test("a plan groups the hosts on which the same would happen, with diffs when asked for", () => {
  const changes = (...hosts: readonly string[]) =>
    hosts.map(
      (host): RunEvent => ({ type: "changed", ...at(host, "file[/etc/nginx.conf]"), diff: DIFF, ms: 0 }),
    );
  const output = printed(terminalReporter({ diff: true, verbose: false }), [
    begin("check"),
    ...["web-01", "web-02", "database-01"].map(planned),
    ...changes("web-01", "web-02"),
    {
      type: "changed",
      ...at("database-01", "file[/etc/nginx.conf]"),
      diff: DIFF.replace("+new", "+other"),
      ms: 0,
    },
    { type: "unknown", ...at("web-01", "service[nginx]"), waitsFor: "apt[nginx]" },
    { type: "unknown", ...at("web-02", "service[nginx]"), waitsFor: "apt[nginx]" },
    {
      type: "handler",
      host: "web-02",
      role: "nginx",
      handler: "reload nginx",
      status: "due",
      output: "",
      ms: 0,
    },
    end(
      result("web-01", { changed: 1, unknown: 1 }),
      result("web-02", { changed: 2, unknown: 1 }),
      result("database-01", { changed: 1 }),
    ),
  ]);
  expect(output).toMatchInlineSnapshot(`
    "Plan of inventory/five.yaml: base, nginx on 3 hosts
    change     file[/etc/nginx.conf]  web-01 web-02
        --- /etc/nginx.conf (now)
        +++ /etc/nginx.conf (wanted)
        @@ -1 +1 @@
        -old
        +new
    change     file[/etc/nginx.conf]  database-01
        --- /etc/nginx.conf (now)
        +++ /etc/nginx.conf (wanted)
        @@ -1 +1 @@
        -old
        +other
    unknown    service[nginx]  waits for apt[nginx]  web-01 web-02
    would run  reload nginx  web-02

    web-01       ok 3     would change 1     unknown 1     failed 0     skipped 0     done, 1.23 s, 1 exec
    web-02       ok 3     would change 2     unknown 1     failed 0     skipped 0     done, 1.23 s, 1 exec
    database-01  ok 3     would change 1     unknown 0     failed 0     skipped 0     done, 1.23 s, 1 exec
    in 2.35 s
    "
  `);
});

test("what goes wrong is told with where, what and why", () => {
  const output = printed(terminalReporter(plain), [
    begin("apply"),
    { type: "unreachable", host: "web-01", problem: "10.0.0.1 shows another host key.\nForget the old one:" },
    { type: "busy", host: "web-02", holder: "eve@desk" },
    { type: "locked", host: "web-02", holder: "eve@desk" },
    {
      type: "failed",
      ...at("database-01", "file[/etc/my.cnf]"),
      phase: "apply",
      code: 1,
      output: "unknown variable\nline 3\n",
    },
    { type: "failed", ...at("database-01", "command[quiet]"), phase: "still", code: 1, output: "" },
    { type: "failed", ...at("database-01", "command[x]"), phase: "check", code: 127, output: "not found" },
    { type: "failed", ...at("database-01", "command[y]"), phase: "wait", code: 1, output: "the neighbour" },
    { type: "failed", ...at("database-01", "apt[z]"), phase: "plan", code: 1, output: "apt would remove y" },
    {
      type: "handler",
      host: "database-01",
      role: "mysql",
      handler: "restart mysql",
      status: "failed",
      output: "no\n",
      ms: 5,
    },
    { type: "lost", host: "database-01", problem: "connection lost: it went away" },
    { type: "refused", host: "database-01", problem: "sudo asks for a password" },
    end(
      result("web-01", { outcome: "unreachable", skipped: 4, ok: 0 }),
      result("web-02", { outcome: "locked", ok: 0 }),
      result("database-01", { outcome: "failed", failed: 1 }),
    ),
  ]);
  expect(output).toMatchInlineSnapshot(`
    "Run of inventory/five.yaml: base, nginx on 3 hosts
    web-01       unreachable  10.0.0.1 shows another host key.
                 │ Forget the old one:
    web-02       waits      for another run: eve@desk
    web-02       locked     another run holds this host: eve@desk
                 │ Wait for it to end, or give it time with --lock-wait SECONDS.
    database-01  failed     nginx › file[/etc/my.cnf]: could not be applied (exit code 1)
                 │ unknown variable
                 │ line 3
    database-01  failed     nginx › command[quiet]: is still not as described after it was applied (exit code 1)
    database-01  failed     nginx › command[x]: could not be checked (exit code 127)
                 │ not found
    database-01  failed     nginx › command[y]: gave up waiting (exit code 1)
                 │ the neighbour
    database-01  failed     nginx › apt[z]: would be refused (exit code 1)
                 │ apt would remove y
    database-01  failed     handler restart mysql
                 │ no
    database-01  lost       connection lost: it went away
    database-01  failed     sudo asks for a password

    web-01       ok 0     changed 0     unknown 0     failed 0     skipped 4     unreachable, 1.23 s, 1 exec
    web-02       ok 0     changed 0     unknown 0     failed 0     skipped 0     locked, 1.23 s, 1 exec
    database-01  ok 3     changed 0     unknown 0     failed 1     skipped 0     failed, 1.23 s, 1 exec
    in 2.35 s
    "
  `);
});

test("verbose shows what is ok, too", () => {
  const events: RunEvent[] = [
    begin("apply"),
    { type: "connected", host: "web-01", ms: 80 },
    { type: "ok", ...at("web-01", "apt[nginx]") },
  ];
  expect(printed(terminalReporter({ diff: false, verbose: true }), events)).toContain(
    "web-01       ok         apt[nginx]\n",
  );
  expect(printed(terminalReporter(plain), events)).not.toContain("apt[nginx]");
});

test("JSON is a line an event, every one of them", () => {
  const events: RunEvent[] = [
    begin("check"),
    { type: "ok", ...at("web-01", "apt[nginx]") },
    { type: "changed", ...at("web-01", "file[/x]"), diff: DIFF, ms: 0 },
    end(),
  ];
  const lines = printed(jsonReporter(), events).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
});
