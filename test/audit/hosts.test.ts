import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { judgeLynis, lynisReportOf } from "../../audit/lynis.ts";
import { exposuresIn, judgeExposures } from "../../audit/sandboxes.ts";
import { judgeSsh, sshAuditOf } from "../../audit/ssh.ts";
import { five, six } from "../helpers/role-context.ts";

const read = (name: string) => readFileSync(`test/audit/fixtures/${name}`, "utf8");
const host = (name: string, { hosts } = five) => hosts.filter((one) => one.name === name);

describe("ssh-audit", () => {
  test("fails Debian's default server, and the bad algorithms are named", () => {
    const audit = sshAuditOf(read("ssh-audit-default.txt"));
    expect(audit.algorithms).toBe(32);
    expect(audit.fails).toEqual([
      "(kex) ecdh-sha2-nistp256: using weak elliptic curves",
      "(kex) ecdh-sha2-nistp384: using weak elliptic curves",
      "(kex) ecdh-sha2-nistp521: using weak elliptic curves",
      "(key) ecdsa-sha2-nistp256: using weak elliptic curves",
    ]);
    expect(audit.warns).toHaveLength(13);
    expect(judgeSsh("web-01", audit)).toMatchObject({
      verdict: "bad",
      found: expect.stringMatching(
        /^4 fails, 13 warnings \(.*\), 32 algorithms; fails \(kex\) ecdh-sha2-nistp256: /,
      ),
    });
  });

  test("passes a hardened server, and its warnings are shown", () => {
    expect(judgeSsh("web-01", sshAuditOf(read("ssh-audit-hardened.txt")))).toMatchObject({
      verdict: "ok",
      found:
        "0 fails, 2 warnings ((kex) sntrup761x25519-sha512@openssh.com: using experimental algorithm, (kex) kex-strict-s-v00@openssh.com: unknown algorithm), 7 algorithms",
    });
  });

  test("output of newer versions, which name key sizes, is understood too", () => {
    const line =
      "(kex) diffie-hellman-group-exchange-sha256 (2048-bit) -- [fail] 2048-bit modulus only provides 112-bits";
    expect(sshAuditOf(line).fails).toEqual([
      "(kex) diffie-hellman-group-exchange-sha256 (2048-bit): 2048-bit modulus only provides 112-bits",
    ]);
  });

  test("output without any algorithm proves nothing, and is an error", () => {
    const output = "Starting audit of 127.0.0.1:22...\n[exception] cannot connect to 127.0.0.1 port 22";
    expect(() => judgeSsh("web-01", sshAuditOf(output))).toThrow("ssh-audit reported no algorithm");
  });
});

describe("sandboxes", () => {
  const json = (exposures: Record<string, string>) =>
    JSON.stringify(
      Object.entries(exposures).map(([unit, exposure]) => ({ unit, exposure, predicate: "OK", happy: "🙂" })),
    );
  const GOOD = {
    "foobar.service": "1.3",
    "nginx.service": "2.5",
    "haproxy.service": "2.0",
    "nsd.service": "7.0",
    "keepalived.service": "6.9",
    "etcd.service": "1.1",
    "ssh.service": "9.6",
  };
  const judge = (exposures: Record<string, string>, name = "web-01", inventory = five) =>
    host(name, inventory).flatMap((one) => judgeExposures(one, exposuresIn(json(exposures))));

  test("are judged unit by unit: a unit is good up to its limit", () => {
    const verdicts = (exposures: Record<string, string>) =>
      judge(exposures).map(({ about, verdict, found }) => `${verdict} ${about}: ${found}`);
    expect(verdicts(GOOD)).toEqual([
      "ok foobar.service on web-01: 1.3",
      "ok nginx.service on web-01: 2.5",
      "ok haproxy.service on web-01: 2.0",
      "ok nsd.service on web-01: 7.0",
      "ok keepalived.service on web-01: 6.9",
      "ok etcd.service on web-01: 1.1",
    ]);
    const { "nsd.service": _gone, ...others } = GOOD;
    expect(verdicts({ ...others, "nginx.service": "2.6" }).filter((line) => line.startsWith("bad"))).toEqual([
      "bad nginx.service on web-01: 2.6; too exposed",
      "bad nsd.service on web-01: the unit is not loaded",
    ]);
  });

  test("are judged for the units of a host's groups", () => {
    const units = (name: string, inventory = five) =>
      judge(GOOD, name, inventory).map(({ figures }) => figures?.["unit"]);
    expect(units("db-01")).toEqual(["mysql.service", "failover.service"]);
    expect(units("lb-01", six)).toEqual(["haproxy.service", "nsd.service", "keepalived.service"]);
  });
});

describe("lynis", () => {
  const REPORT = read("lynis-report.dat");

  test("report is parsed: index, tests, warnings and suggestions", () => {
    const warning = "warning[]=SSH-7408|Consider hardening SSH|AllowTcpForwarding (set YES to NO)|-|\n";
    const report = lynisReportOf(`${warning}${REPORT}`);
    expect(report).toMatchObject({ version: "3.0.8", index: 65, tests: 2 });
    expect(report.warnings).toEqual([
      { test: "SSH-7408", text: "Consider hardening SSH", details: "AllowTcpForwarding (set YES to NO)" },
    ]);
    expect(report.suggestions).toHaveLength(5);
    expect(report.suggestions[1]).toEqual({
      test: "FILE-6310",
      text: "To decrease the impact of a full /home file system, place /home on a separate partition",
    });
  });

  test.each([
    [65, "bad", "65, 0 warnings, 5 suggestions, 2 tests, lynis 3.0.8; too low"],
    [79, "bad", "79, 0 warnings, 5 suggestions, 2 tests, lynis 3.0.8; too low"],
    [80, "ok", "80, 0 warnings, 5 suggestions, 2 tests, lynis 3.0.8"],
  ])("index %d is %s", (index, verdict, found) => {
    const report = lynisReportOf(REPORT.replace("hardening_index=65", `hardening_index=${index}`));
    expect(judgeLynis("web-01", report)).toMatchObject({ verdict, found });
  });

  test.each([
    ["has no index", REPORT.replace(/^hardening_index.*$/m, "")],
    ["did not finish", REPORT.replace("finish=true", "")],
    ["is empty", ""],
  ])("report that %s proves nothing, and is an error", (_what, report) => {
    expect(() => lynisReportOf(report)).toThrow("lynis did not finish");
  });
});
