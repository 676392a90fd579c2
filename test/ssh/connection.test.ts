import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Connection } from "../../engine/ssh/connection.ts";
import { Dialer } from "../../engine/ssh/dialer.ts";
import { KnownHosts } from "../../engine/ssh/known-hosts.ts";
import type { Target } from "../../engine/ssh/target.ts";
import { sh } from "../../engine/template/shell.ts";
import { eventually } from "../../engine/util/eventually.ts";
import { sha256Of } from "../../engine/util/hash.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { scratch } from "../helpers/scratch.ts";
import { newKey, SshHost } from "../helpers/ssh-host.ts";

const mine = newKey();
const stranger = newKey();

vi.stubEnv("SSH_AUTH_SOCK", "");

/** The control machine's side of a connection: keys on disk and a known_hosts. */
function desk() {
  const dir = scratch();
  const keep = (name: string, content: string) => {
    writeFileSync(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  const target = (host: { port: number }, more: Partial<Target> = {}): Target => ({
    address: "127.0.0.1",
    port: host.port,
    user: "root",
    keys: [keep("mine", mine.private)],
    ...more,
  });
  return { knownHosts: new KnownHosts(join(dir, "known_hosts")), keep, target };
}

async function open(target: Target, knownHosts: KnownHosts): Promise<Connection> {
  const connection = await Connection.open(target, new Dialer(knownHosts));
  onTestFinished(() => connection.close());
  return connection;
}

const unreachable = (message: RegExp) =>
  expect.objectContaining({ name: "UnreachableError", exitCode: 4, message: expect.stringMatching(message) });

describe("a host's identity", () => {
  test("is recorded at the first connection, in ssh's format, and recognised after that", async () => {
    const { knownHosts, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public] });
    await open(target(host), knownHosts);
    const recorded = readFileSync(knownHosts.file, "utf8");
    expect(recorded).toMatch(new RegExp(`^\\[127\\.0\\.0\\.1\\]:${host.port} ssh-ed25519 AAAA[\\w+/=]+\n$`));
    await open(target(host), knownHosts);
    expect(readFileSync(knownHosts.file, "utf8")).toBe(recorded);
  });

  test("is refused if the host key differs from the record, before the login, and the record stays", async () => {
    const { knownHosts, target } = desk();
    const before = await SshHost.start({ authorized: [mine.public] });
    await open(target(before), knownHosts);
    const { port } = before;
    await before.stop();
    const recorded = readFileSync(knownHosts.file, "utf8");
    const after = await SshHost.start({ authorized: [mine.public], port });
    await expect(Connection.open(target(after), new Dialer(knownHosts))).rejects.toThrow(
      unreachable(
        /^\[127\.0\.0\.1\]:\d+ shows another host key than the one in .*known_hosts\.\n[\s\S]*vagrant destroy[\s\S]*npm run ssh -- --forget \[127\.0\.0\.1\]:\d+\n/,
      ),
    );
    expect(readFileSync(knownHosts.file, "utf8")).toBe(recorded);
    expect(knownHosts.forget(`[127.0.0.1]:${port}`)).toBe(true);
    await open(target(after), knownHosts);
  });

  test("is refused if the host has no key of the recorded type any more", async () => {
    const { knownHosts, keep, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public] });
    const ecdsa = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=";
    keep("known_hosts", `[127.0.0.1]:${host.port} ecdsa-sha2-nistp256 ${ecdsa}\n`);
    await expect(Connection.open(target(host), new Dialer(knownHosts))).rejects.toThrow(
      unreachable(/shows another host key/),
    );
  });
});

describe("logging in", () => {
  test("tries each key in turn, even after one that it cannot read", async () => {
    const { knownHosts, keep, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public] });
    const keys = [
      keep("locked", newKey("passphrase").private),
      keep("stranger", stranger.private),
      keep("mine", mine.private),
    ];
    await expect(open(target(host, { keys }), knownHosts)).resolves.toBeInstanceOf(Connection);
  });

  test("if refused, reports the user, the keys and what to do", async () => {
    const { knownHosts, keep, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public] });
    const keys = [keep("stranger", stranger.private), keep("locked", newKey("passphrase").private)];
    await expect(Connection.open(target(host, { keys }), new Dialer(knownHosts))).rejects.toThrow(
      unreachable(
        /refuses root with \S+stranger, \S+locked; expected one of these keys in that user's authorized_keys/,
      ),
    );
  });

  test("reports the refusal even if the SSH agent is gone", async () => {
    vi.stubEnv("SSH_AUTH_SOCK", "/nowhere/agent");
    onTestFinished(() => void vi.stubEnv("SSH_AUTH_SOCK", ""));
    const { knownHosts, keep, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public] });
    const keys = [keep("stranger", stranger.private)];
    await expect(Connection.open(target(host, { keys }), new Dialer(knownHosts))).rejects.toThrow(
      unreachable(/refuses root with \S+stranger; .*could not read the SSH agent/),
    );
  });

  test("without any key, reports where to name one", async () => {
    const { knownHosts, target } = desk();
    await expect(Connection.open(target({ port: 1 }, { keys: [] }), new Dialer(knownHosts))).rejects.toThrow(
      unreachable(/^no private key for root@.*ssh: \{ key: /),
    );
  });
});

describe("a host that cannot be reached", () => {
  test("because nothing listens is reported as such", async () => {
    const { knownHosts, target } = desk();
    const host = await SshHost.start({ authorized: [] });
    await host.stop();
    await expect(Connection.open(target(host), new Dialer(knownHosts))).rejects.toThrow(
      unreachable(/nothing listens on its SSH port; is it still booting\?/),
    );
  });

  test("because it accepts the connection but stays silent is given up", async () => {
    const { knownHosts, target } = desk();
    const mute = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => mute.once("listening", resolve));
    onTestFinished(() => {
      mute.close();
    });
    const { port } = mute.address() as { port: number };
    await expect(Connection.open(target({ port }), new Dialer(knownHosts, 200))).rejects.toThrow(
      unreachable(/takes connections, but does not answer as an SSH server within 0\.2 s/),
    );
    await expect(
      Connection.open(target({ port }, { patience: 300 }), new Dialer(knownHosts, 200)),
    ).rejects.toThrow(unreachable(/does not answer as an SSH server within 0\.3 s/));
  });
});

describe.skipIf(!canSandbox)("a program", () => {
  test("arrives on stdin, not in arguments, and returns lines, exit code and stderr", async () => {
    const { knownHosts, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    const connection = await open(target(host), knownHosts);
    const lines: string[] = [];
    const result = await connection.run(sh`echo ${"naïve 🙂"}; echo two; echo oh >&2; exit 7`, (line) =>
      lines.push(line),
    );
    expect(lines.map((line) => Buffer.from(line, "latin1").toString())).toEqual(["naïve 🙂", "two"]);
    expect(result).toEqual({ code: 7, stderr: "oh\n", before: "" });
    expect(host.execs).toHaveLength(1);
    expect(host.execs[0]).not.toContain("two");
    expect(connection.execs).toBe(1);
  });

  test("runs with sudo, unless the user is root", async () => {
    const { knownHosts, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    await (await open(target(host), knownHosts)).run(sh`:`, () => undefined);
    await (await open(target(host, { user: "vagrant" }), knownHosts)).run(sh`:`, () => undefined);
    expect(host.execs.map((command) => command.split(" ").slice(0, 3))).toEqual([
      ["sh", "-c", "'printf"],
      ["sudo", "-n", "sh"],
    ]);
  });

  test.each([
    ["a word without a line break", "hi", "hi"],
    ["a terminal's title", "\u001b]0;web-01\u0007", "\u001b]0;web-01\u0007"],
    ["what looks like the program's own words", "ok 0\nfinished\nfact 0 eA==", "ok 0\nfinished\nfact 0 eA=="],
    ["much, and what is no UTF-8", `${"x".repeat(100_000)}\nä\n\n`, `${"x".repeat(100_000)}\nä`],
  ])(
    "is heard from its first line on, behind what the user's shell prints: %s",
    async (_, greeting, before) => {
      const { knownHosts, target } = desk();
      const host = await SshHost.start({ authorized: [mine.public], box: sandbox(), greeting });
      const connection = await open(target(host), knownHosts);
      const lines: string[] = [];
      const ended = await connection.run(sh`echo ok 1; echo finished`, (line) => lines.push(line));
      expect(lines).toEqual(["ok 1", "finished"]);
      expect(ended).toEqual({ code: 0, stderr: "", before });
    },
  );

  test("that is never begun leaves the host's own words", async () => {
    const { knownHosts, target } = desk();
    const greeting = "This account is currently not available.";
    const host = await SshHost.start({ authorized: [mine.public], box: sandbox(), greeting, shell: "false" });
    const connection = await open(target(host), knownHosts);
    const ended = await connection.run(sh`echo no`, () => expect.unreachable());
    expect(ended).toEqual({ code: 1, stderr: "", before: greeting });
  });

  test("of more than a megabyte arrives complete", async () => {
    const { knownHosts, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    const connection = await open(target(host), knownHosts);
    const lines: string[] = [];
    const long = "0123456789abcde'".repeat(80_000);
    await connection.run(sh`printf %s ${long} | wc -c`, (line) => lines.push(line));
    expect(lines).toEqual([String(long.length)]);
  });

  test("gets the data that it asks for", async () => {
    const { knownHosts, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    const connection = await open(target(host), knownHosts);
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));
    const lines: string[] = [];
    await connection.run(sh`echo ready; head -c ${sent.length} | sha256sum`, (line, feed) => {
      lines.push(line);
      if (line === "ready") feed(sent);
    });
    expect(lines[1]).toContain(sha256Of(sent));
  });

  test.each<["drop" | "stop"]>([["drop"], ["stop"]])(
    'fails with "connection lost" if the host goes away (%s)',
    async (how) => {
      const { knownHosts, target } = desk();
      const box = sandbox();
      const host = await SshHost.start({ authorized: [mine.public], box });
      const connection = await open(target(host), knownHosts);
      const running = connection.run(sh`echo started; sleep 1; echo more`, () => void host[how]());
      await expect(running).rejects.toThrow(unreachable(/connection lost/));
      await expect(connection.run(sh`:`, () => undefined)).rejects.toThrow(unreachable(/connection lost/));
    },
  );
});

test("a program that ends without an exit code counts as a lost connection", async () => {
  const { knownHosts, target } = desk();
  const host = await SshHost.start({ authorized: [mine.public], hangsUp: true });
  const connection = await open(target(host), knownHosts);
  await expect(connection.run(sh`:`, () => undefined)).rejects.toThrow(unreachable(/connection lost/));
});

describe.skipIf(!canSandbox)("a host behind a gateway", () => {
  test("is reached through it, and the keys of both are recorded", async () => {
    const { knownHosts, target } = desk();
    const inner = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    const outer = await SshHost.start({ authorized: [mine.public] });
    const connection = await open(target(inner, { jump: target(outer) }), knownHosts);
    const lines: string[] = [];
    await connection.run(sh`echo here`, (line) => lines.push(line));
    expect(lines).toEqual(["here"]);
    expect(outer.forwards).toEqual([`127.0.0.1:${inner.port}`]);
    expect(outer.execs).toEqual([]);
    expect(readFileSync(knownHosts.file, "utf8").trim().split("\n")).toHaveLength(2);
  });

  test("that the gateway cannot reach is unreachable, and the error names the gateway", async () => {
    const { knownHosts, target } = desk();
    const inner = await SshHost.start({ authorized: [mine.public] });
    await inner.stop();
    const outer = await SshHost.start({ authorized: [mine.public] });
    await expect(
      Connection.open(target(inner, { jump: target(outer) }), new Dialer(knownHosts)),
    ).rejects.toThrow(
      unreachable(
        new RegExp(`\\[127\\.0\\.0\\.1\\]:${inner.port}.*through \\[127\\.0\\.0\\.1\\]:${outer.port}`),
      ),
    );
  });

  test("is lost if the gateway goes away", async () => {
    const { knownHosts, target } = desk();
    const inner = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    const outer = await SshHost.start({ authorized: [mine.public] });
    const connection = await open(target(inner, { jump: target(outer) }), knownHosts);
    const running = connection.run(sh`echo started; sleep 1; echo more`, () => outer.drop());
    await expect(running).rejects.toThrow(unreachable(/connection lost/));
  });
});

describe.skipIf(!canSandbox)("hosts behind the same gateway", () => {
  test("share one connection to it, which ends with the last host", async () => {
    const { knownHosts, target } = desk();
    const outer = await SshHost.start({ authorized: [mine.public] });
    const inner = await Promise.all(
      [1, 2, 3].map(() => SshHost.start({ authorized: [mine.public], box: sandbox() })),
    );
    const dialer = new Dialer(knownHosts);
    const opened = await Promise.all(
      inner.map((host) => Connection.open(target(host, { jump: target(outer) }), dialer)),
    );
    expect([outer.connections, outer.forwards.length]).toEqual([1, 3]);
    opened.slice(1).forEach((connection) => {
      connection.close();
    });
    await expect(opened[0]?.run(sh`exit 3`, () => undefined)).resolves.toMatchObject({ code: 3 });
    opened[0]?.close();
    await eventually(5, async () => expect(outer.connections).toBe(0));
    await open(target(inner[0] as SshHost, { jump: target(outer) }), knownHosts);
  });

  test("may be behind a chain of gateways", async () => {
    const { knownHosts, target } = desk();
    const [first, second] = [1, 2].map(() => SshHost.start({ authorized: [mine.public] }));
    const last = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    const gateway = target(await (second as Promise<SshHost>), {
      jump: target(await (first as Promise<SshHost>)),
    });
    const connection = await open(target(last, { jump: gateway }), knownHosts);
    await expect(connection.run(sh`exit 3`, () => undefined)).resolves.toMatchObject({ code: 3 });
    expect((await second)?.forwards).toEqual([`127.0.0.1:${last.port}`]);
  });
});

describe("a ProxyCommand", () => {
  const pipe = `const s = require("node:net").connect(Number("%p"), "%h"); process.stdin.pipe(s).pipe(process.stdout)`;

  test.skipIf(!canSandbox)("leads to a host", async () => {
    const { knownHosts, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public], box: sandbox() });
    const connection = await open(target(host, { proxy: `node -e '${pipe}'` }), knownHosts);
    await expect(connection.run(sh`exit 3`, () => undefined)).resolves.toMatchObject({ code: 3 });
  });

  test("that fails is named, with its own message", async () => {
    const { knownHosts, target } = desk();
    const failing = target({ port: 22 }, { proxy: "echo no way to %h >&2; exit 7" });
    await expect(Connection.open(failing, new Dialer(knownHosts))).rejects.toThrow(
      unreachable(
        /127\.0\.0\.1 .*ProxyCommand "echo no way to 127\.0\.0\.1 .*": exit 7: no way to 127\.0\.0\.1$/,
      ),
    );
  });
});

describe("a host that the user's own ssh has on record", () => {
  test("is compared with that record at the first connection", async () => {
    const { knownHosts, keep, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public], key: stranger.private });
    const name = `[127.0.0.1]:${host.port}`;
    const records = [keep("records", `# mine\n@revoked * ${mine.public}\n${name},other ${mine.public}\n`)];
    execFileSync("ssh-keygen", ["-q", "-H", "-f", records[0] as string], { stdio: "ignore" });
    await expect(Connection.open(target(host, { records }), new Dialer(knownHosts))).rejects.toThrow(
      unreachable(/shows another host key/),
    );
    knownHosts.forget(name);
    await open(target(host, { records: [keep("records", `${name} ${stranger.public}\n`)] }), knownHosts);
  });

  test("is the only kind that is trusted if StrictHostKeyChecking is on", async () => {
    const { knownHosts, keep, target } = desk();
    const host = await SshHost.start({ authorized: [mine.public], key: stranger.private });
    await expect(
      Connection.open(target(host, { strict: true, records: [] }), new Dialer(knownHosts)),
    ).rejects.toThrow(unreachable(/is not in your known_hosts.*StrictHostKeyChecking/));
    const records = [keep("records", `[127.0.0.1]:${host.port} ${stranger.public}\n`)];
    await open(target(host, { strict: true, records }), knownHosts);
  });
});

test("nothing is recorded for a host that never showed a key", async () => {
  const { knownHosts, target } = desk();
  const host = await SshHost.start({ authorized: [] });
  await host.stop();
  await Connection.open(target(host), new Dialer(knownHosts)).catch(() => undefined);
  expect(existsSync(knownHosts.file)).toBe(false);
});
