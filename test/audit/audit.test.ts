import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { asking } from "../../audit/asking.ts";
import { type Check, type Examination, type Finding, perform, type Subject } from "../../audit/check.ts";
import { CHECKS, checksOf } from "../../audit/index.ts";
import { jsonOf, lineOf, markdownOf, summaryOf, totalOf } from "../../audit/printing.ts";
import { tool } from "../../audit/tools.ts";
import { Connections } from "../../engine/ssh/connections.ts";
import { sh } from "../../engine/template/shell.ts";
import { sha256Of } from "../../engine/util/hash.ts";
import { missingPackages } from "../../lab/packages.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { scratchProject } from "../helpers/scratch.ts";
import { newKey, SshHost } from "../helpers/ssh-host.ts";

const subject = {} as Subject;
const never = new AbortController().signal;

const examination = (about: string, run: Examination["run"], seconds = 60): Examination => ({
  about,
  expected: "all well",
  seconds,
  run,
});

const good = (about: string) =>
  examination(about, async () => [{ about, verdict: "ok", found: "it is", expected: "all well" }]);

/** The findings of a check with these examinations, as lines without times. */
async function reported(examinations: Examination[], signal = never): Promise<string[]> {
  const check: Check = { name: "one", summary: "", tools: {}, atOnce: 1, examinations: () => examinations };
  const lines: string[] = [];
  await perform(check, subject, signal, ({ check, about, verdict, found }) =>
    lines.push(`${check} ${about} ${verdict}: ${found}`),
  );
  return lines;
}

describe("an audit check", () => {
  test("goes on after an examination throws, which is a bad finding", async () => {
    const broken = examination("b", async () => {
      throw new Error("no such\n  thing");
    });
    expect(await reported([good("a"), broken, good("c")])).toEqual([
      "one a ok: it is",
      "one b bad: no such thing",
      "one c ok: it is",
    ]);
  });

  test("stops an examination that takes too long, and all that it started", async () => {
    let ended = false;
    const slow = examination(
      "slow",
      async (signal) => {
        await tool(["sleep", "600"], signal).finally(() => {
          ended = true;
        });
        return [];
      },
      0.2,
    );
    expect(await reported([slow, good("next")])).toEqual([
      "one slow bad: timed out after 0.2 s",
      "one next ok: it is",
    ]);
    expect(ended).toBe(true);
  });

  test("starts nothing more after an interrupt", async () => {
    const interrupt = new AbortController();
    const running = examination("running", async (signal) => {
      interrupt.abort();
      await tool(["sleep", "600"], signal);
      return [];
    });
    expect(await reported([running, good("next")], interrupt.signal)).toEqual([
      "one running bad: interrupted",
    ]);
  });
});

describe("--only", () => {
  const names = (only: string[]) => checksOf(only).map(({ name }) => name);

  test("chooses the named checks in their own order, or all if none is named", () => {
    expect(names([])).toEqual(CHECKS.map(({ name }) => name));
    expect(names(["logins, nmap", "ssh"])).toEqual(["nmap", "ssh", "logins"]);
  });

  test.each([
    [
      "nmpa",
      '--only: found "nmpa" (did you mean "nmap"?); expected one of nmap, tls, sandboxes, lynis, ssh, logins',
    ],
    ["tls,", '--only: found ""'],
    ["everything", '--only: found "everything"; expected one of'],
  ])("refuses %j", (only, message) => {
    expect(() => names([only])).toThrow(
      expect.objectContaining({ name: "UsageError", exitCode: 1, message: expect.stringContaining(message) }),
    );
  });
});

describe("a tool", () => {
  test("returns its output, whatever its exit code", async () => {
    expect(await tool(["sh", "-c", "echo out; echo err >&2; exit 3"], never)).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("that is not installed is an error with its name", async () => {
    await expect(tool(["quintet-no-such-tool"], never)).rejects.toThrow(
      /^quintet-no-such-tool: .*(ENOENT|EACCES)/,
    );
  });

  test("that a signal killed is an error", async () => {
    await expect(tool(["sh", "-c", "kill -9 $$"], never)).rejects.toThrow("sh: ");
  });

  test("that is missing is reported by its package, and each package once", () => {
    const dir = mkdtempSync(join(tmpdir(), "quintet-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "nmap"), "");
    expect(
      missingPackages({ nmap: "nmap", ssh: "openssh-client", "ssh-keygen": "openssh-client" }, [dir]),
    ).toEqual(["openssh-client"]);
  });
});

const FINDINGS: Finding[] = [
  {
    check: "ssh",
    about: "web-01",
    verdict: "ok",
    found: "0 fails",
    expected: "0 fails",
    ms: 1234,
    figures: { warns: [] },
  },
  { check: "ssh", about: "web-02", verdict: "bad", found: "a|b", expected: "0 fails", ms: 1 },
  {
    check: "nmap",
    about: "from a stranger",
    verdict: "left out",
    found: "no lab",
    expected: "the table",
    ms: 1,
  },
];

describe("findings are printed", () => {
  const checks = checksOf(["nmap,ssh"]);

  test("as lines, with what was found and expected", () => {
    expect(FINDINGS.map(lineOf)).toEqual([
      "ok        ssh        web-01: 0 fails; expected 0 fails  1.2 s",
      "bad       ssh        web-02: a|b; expected 0 fails  0.0 s",
      "left out  nmap       from a stranger: no lab; expected the table  0.0 s",
    ]);
    expect(totalOf(FINDINGS)).toEqual({ ok: 1, bad: 1, leftOut: 1 });
  });

  test("as a total in the end, and if nothing was examined, that is not all good", () => {
    expect(summaryOf(FINDINGS)).toBe("1 bad, 1 ok, 1 left out");
    expect(summaryOf(FINDINGS.slice(0, 1))).toBe("all good: 1 ok");
    expect(summaryOf(FINDINGS.slice(2))).toBe("nothing could be examined, 1 left out");
  });

  test("as JSON with all figures, check by check", () => {
    expect(JSON.parse(jsonOf("inventory/five.yaml", checks, FINDINGS))).toEqual({
      inventory: "inventory/five.yaml",
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      ok: 1,
      bad: 1,
      leftOut: 1,
      checks: { nmap: [FINDINGS[2]], ssh: [FINDINGS[0], FINDINGS[1]] },
    });
  });

  test("as one table for each check, with special characters escaped", () => {
    const [nmap, ssh] = markdownOf(checks, FINDINGS).split("\n\n### ");
    expect(nmap).toMatch(
      /^### nmap: .*\n\n\| what \| found \| expected \| {2}\|\n\| --- \| --- \| --- \| --- \|\n/,
    );
    expect(nmap).toMatch(/\n\| from a stranger \| no lab \| the table \| left out \|$/);
    expect(ssh).toContain("\n| web-01 | 0 fails | 0 fails | ok |\n| web-02 | a\\|b | 0 fails | bad |");
  });
});

describe.skipIf(!canSandbox)("a script on a host", () => {
  async function open() {
    scratchProject();
    const key = newKey();
    writeFileSync("key", key.private, { mode: 0o600 });
    const host = await SshHost.start({ authorized: [key.public], box: sandbox() });
    const connections = new Connections(undefined, () => undefined);
    onTestFinished(() => connections.close());
    const ssh = { user: "root", port: host.port, key: join(process.cwd(), "key") };
    const machine = {
      name: "m",
      address: "127.0.0.1",
      groups: [],
      ssh,
      machine: { memory: 1, cpus: 1 },
      vars: {},
    };
    return (...args: Parameters<Subject["ask"]> extends [unknown, ...infer Rest] ? Rest : never) =>
      asking(connections)(machine, ...args);
  }

  test("returns its output, and gets a file when it asks for one", async () => {
    const ask = await open();
    const file = Buffer.from([...Array(70_000).keys()].map((byte) => byte % 256));
    const script = sh`
      echo before
      echo file
      head -c ${file.length} | sha256sum | cut -c -12
      echo grüße`;
    const sum = sha256Of(file).slice(0, 12);
    expect(await ask(script, never, { file })).toBe(`before\n${sum}\ngrüße`);
    expect(await ask(sh`echo file`, never)).toBe("file");
  });

  test("that fails is an error with its output and exit code", async () => {
    const ask = await open();
    await expect(ask(sh`echo out; echo err >&2; exit 4`, never)).rejects.toThrow("m: exit 4: out err");
  });

  test("has a time limit, and nobody waits for it after an interrupt", async () => {
    const ask = await open();
    await expect(ask(sh`sleep 60`, never, { seconds: 1 })).rejects.toThrow("m: timed out after 1 s");
    await expect(ask(sh`sleep 5`, AbortSignal.timeout(300))).rejects.toThrow("interrupted");
  });
});
