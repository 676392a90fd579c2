import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  absent,
  apt,
  aptHold,
  aptSuite,
  command,
  deb,
  directory,
  dpkg,
  fact,
  file,
  fileSet,
  group,
  handler,
  line,
  link,
  type Resource,
  release,
  reload,
  requirement,
  Secret,
  service,
  sh,
  sysctl,
  text,
  unitFile,
  user,
} from "../../engine/index.ts";
import { compile, programOf } from "../../engine/program/compile.ts";
import { compileFacts } from "../../engine/program/facts.ts";
import { prelude } from "../../engine/program/prelude/index.ts";
import { hostPlanOf } from "../helpers/program.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

const MODE = { mode: "apply", who: "someone's run" } as const;
const password = new Secret("PASSWORD", "s3cret'value");

const motd = file("/etc/motd", {
  content: text`password = ${password}`,
  mode: "0600",
  validate: (candidate) => sh`grep -q password ${candidate}`,
  notify: handler("tell them", sh`wall </etc/motd`),
});

const EVERY_TYPE: readonly Resource[] = [
  motd,
  apt("nginx", { version: "1.26.*" }),
  apt("curl", { replaces: ["wget", "lynx"] }),
  aptHold("mysql", { packages: ["mysql-server"] }),
  deb("mysql-server", {
    archive: { file: "/nowhere", sha256: "a".repeat(64), size: 10 },
    version: "9.7.4-1",
  }),
  aptSuite("sid", { packages: ["mysql-server"] }),
  requirement("enough memory", { met: sh`true`, otherwise: "more memory" }),
  group("guests"),
  user("guest", { home: "/srv/it's" }),
  directory("/srv/a b", { mode: "0750" }),
  link("/srv/current", { to: "a b" }),
  absent("/etc/old*"),
  line("PermitRootLogin no", { file: "/etc/ssh/sshd_config", instead: "^#?PermitRootLogin " }),
  sysctl("net.ipv4.ip_nonlocal_bind", { value: 1 }),
  release("/srv/app", {
    archive: { file: "/nowhere", sha256: "a".repeat(64), size: 10 },
    validate: (dir) => sh`[ -e ${dir}/server.js ]`,
  }),
  fileSet("pair", {
    files: { "/etc/pair/a": text`a`, "/etc/pair/b": text`b` },
    validate: sh`true`,
    notify: handler("again", sh`:`),
  }),
  unitFile("app.service", { content: text`[Unit]` }),
  command("once", {
    check: sh`[ -e /once ] || exit 1`,
    run: sh`touch /once`,
    diff: sh`echo once`,
    needs: motd,
    waits: { until: sh`[ -e /ready ]`, seconds: 5 },
  }),
  service("nginx", { notify: reload("nginx", "restart") }),
  dpkg("whole"),
  service("chrony", { running: "where it can" }),
];

const programFor = (resources: readonly Resource[]) => programOf(compile(hostPlanOf(resources)), MODE);
const everything = programFor(EVERY_TYPE);
const facts = compileFacts([fact("kernel", sh`uname -r`, String), fact("none", sh`false`, String)]);

test("a small host plan compiles to exactly this shell, secrets masked", async () => {
  const wanted = [
    motd,
    apt("nginx"),
    command("once", { check: sh`[ -e /once ] || exit 1`, run: sh`touch /once`, needs: motd }),
  ];
  const program = programFor(wanted).masked.replace(prelude.masked, "# (the prelude)");
  await expect(program).toMatchFileSnapshot("golden/small.sh");
});

describe("the masked program", () => {
  test("differs from the program only in its secrets", () => {
    const quoted = "s3cret'\\''value";
    expect(everything.reveal()).toContain(quoted);
    expect(everything.masked).not.toContain("s3cret");
    const lines = everything.reveal().split("\n");
    const differing = everything.masked.split("\n").filter((masked, index) => masked !== lines[index]);
    expect(differing).toEqual(["printf %s 'password = [secret PASSWORD]"]);
  });

  test("is what converting the program to a string gives", () => {
    expect(`${everything}`).toBe(everything.masked);
    expect(JSON.stringify({ everything })).not.toContain("s3cret");
  });
});

describe.each(["raw", "masked"] as const)("the %s program with a resource of every type", (rendering) => {
  const source = rendering === "raw" ? everything.reveal() : everything.masked;

  describe.each(SHELLS)("in %s", (shell) => {
    needsShell(shell);
    test("is valid", () => {
      const [program = "", ...args] = shell.split(" ");
      const { status, stderr } = spawnSync(program, [...args, "-n"], { input: source, encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });
  });
});

test("EVERY_TYPE leaves out no resource type", () => {
  const helpers = ["apt-get.ts", "paths.ts", "unit-file.ts", "unit-handlers.ts"];
  const files = readdirSync("engine/resources").filter((name) => !helpers.includes(name));
  const sources = files.map((name) => readFileSync(join("engine/resources", name), "utf8")).join("\n");
  const defined = [...sources.matchAll(/= resource<[^(]*>\(\s*"(\w+)"/g)].map(([, type]) => type);
  const tried = EVERY_TYPE.map(({ id }) => id.slice(0, id.indexOf("[")));
  expect(new Set(tried)).toEqual(new Set(defined));
});

const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;

test.skipIf(!hasShellcheck).each([
  ["with every resource type", everything],
  ["without resources", programFor([])],
  ["that reads facts", facts],
])("shellcheck has no warning about the program %s", (_, program) => {
  const dir = mkdtempSync(join(tmpdir(), "quintet-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, "program.sh"), program.reveal());
  const { stdout } = spawnSync(
    "shellcheck",
    ["--shell=sh", "--severity=warning", "--format=gcc", join(dir, "program.sh")],
    { encoding: "utf8" },
  );
  expect(stdout.replaceAll(dir, "")).toBe("");
});

describe("compiling", () => {
  const noop = { check: sh`exit 0`, run: sh`:` };

  test("refuses a resource that needs a later one", () => {
    const later = command("later", noop);
    expect(() => programFor([command("first", { ...noop, needs: later }), later])).toThrow(
      "command[first] needs command[later], which comes after it; declare it before",
    );
  });

  test("accepts a resource that needs one which this run leaves out", () => {
    const elsewhere = command("elsewhere", noop);
    expect(() => programFor([command("x", { ...noop, needs: elsewhere })])).not.toThrow();
  });
});
