import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { apt, type Resource, service } from "../../engine/index.ts";
import { base } from "../../roles/base/index.ts";
import { hasApt, type Package, packagesOf, withPackages } from "../helpers/packages.ts";
import { runProgram } from "../helpers/program.ts";
import { five, say } from "../helpers/role-context.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/** Only checks. The stories of the lab install packages and start services on real machines. */
describe.skipIf(!canSandbox || !existsSync("/usr/bin/dpkg-query")).each(SHELLS)(
  "packages, in %s",
  (shell) => {
    needsShell(shell);
    test("are checked together, and only what is missing would change", async () => {
      const wanted = [
        apt("dash"),
        apt("no-such-package-1"),
        apt("coreutils", { version: "*" }),
        apt("bash", { version: "0.1*" }),
        apt("no-such-package-2"),
      ];
      const { said, text } = await runProgram(sandbox(), wanted, { shell, mode: "check" });
      expect(said).toEqual([
        "ok apt[dash]",
        "changed apt[no-such-package-1]",
        "ok apt[coreutils]",
        "changed apt[bash]",
        "changed apt[no-such-package-2]",
        "finished",
      ]);
      expect(text).toMatch(/package: installed [\d.+-]+\S* -> installed 0\.1\*/);
      expect(text).toContain("package: absent -> installed *");
    });

    test("that are all installed stay as they are, and apt is not called", async () => {
      const { said } = await runProgram(sandbox(), [apt("dash"), apt("bash")], { shell });
      expect(said).toEqual(["ok apt[dash]", "ok apt[bash]", "finished"]);
    });
  },
);

/** Two that do the same work, one that needs the first, and one that has nothing to do with them. */
const CLOCKS: readonly Package[] = [
  { name: "old-clock", fields: ["Provides: clock", "Conflicts: clock"] },
  { name: "new-clock", fields: ["Provides: clock", "Conflicts: clock", "Replaces: clock"] },
  { name: "face", fields: ["Depends: old-clock"] },
  { name: "editor", version: "1" },
  { name: "editor", version: "2" },
  { name: "plugin", fields: ["Depends: editor (>= 2)"] },
];

describe.skipIf(!canSandbox || !hasApt).each(SHELLS)("apt itself, in %s", (shell) => {
  needsShell(shell);
  const on = async (given: readonly string[]) => {
    const box = sandbox();
    const before = withPackages(box, CLOCKS);
    const run = (wanted: readonly Resource[], mode: "apply" | "check" = "apply") =>
      runProgram(box, wanted, { shell, mode, before });
    expect((await run(given.map((name) => apt(name)))).code).toBe(0);
    return { box, run };
  };

  test("removes nothing that no role names: plan and run refuse it, and say what to write", async () => {
    const { box, run } = await on(["old-clock"]);
    const wanted = [apt("old-clock"), apt("editor"), apt("new-clock")];
    const plan = await run(wanted, "check");
    expect(plan.said).toEqual([
      "ok apt[old-clock]",
      "failed apt[editor] plan 1",
      "failed apt[new-clock] plan 1",
      "finished",
    ]);
    const { said, text } = await run(wanted);
    expect(said.filter((line) => line.startsWith("failed"))).toEqual([
      "failed apt[editor] apply 1",
      "failed apt[new-clock] apply 1",
    ]);
    for (const one of [plan.text, text]) {
      expect(one).toContain("apt would remove old-clock, which is on this host, to install new-clock;");
      expect(one).toContain('apt("new-clock", { replaces: "old-clock" })');
    }
    expect(packagesOf(box)).toEqual(["old-clock installed 1"]);
  });

  test("removes what is named, as the plan says, and then is ok", async () => {
    const { box, run } = await on(["old-clock"]);
    const wanted = [apt("new-clock", { replaces: ["old-clock", "face", "of-no-repository"] })];
    const plan = await run(wanted, "check");
    expect(plan.said).toEqual(["changed apt[new-clock]", "finished"]);
    expect(plan.text.trim()).toBe("package: absent -> installed *\nremoves old-clock");
    const { said, text } = await run(wanted);
    expect(said).toEqual(["start apt[new-clock]", "changed apt[new-clock]", "finished"]);
    expect(text.trim()).toBe(plan.text.trim());
    expect(packagesOf(box)).toEqual(["new-clock installed 1"]);
    expect((await run(wanted)).said).toEqual(["ok apt[new-clock]", "finished"]);
  });

  test("removes what is named also if nothing conflicts: what the plan shows is what is done", async () => {
    const { box, run } = await on(["old-clock", "editor"]);
    const wanted = [apt("editor", { replaces: "old-clock" })];
    expect((await run(wanted, "check")).text.trim()).toBe("removes old-clock");
    expect((await run(wanted)).said).toContain("changed apt[editor]");
    expect(packagesOf(box)).toEqual(["editor installed 2"]);
  });

  test("removes no other package with the one that is named", async () => {
    const { box, run } = await on(["face"]);
    const wanted = [apt("new-clock", { replaces: "old-clock" })];
    const plan = await run(wanted, "check");
    expect(plan.said).toEqual(["failed apt[new-clock] plan 1", "finished"]);
    const { said, text } = await run(wanted);
    expect(said).toContain("failed apt[new-clock] apply 1");
    expect(text).toContain("apt would remove face,");
    expect(text).not.toContain("apt would remove old-clock");
    expect(packagesOf(box)).toEqual(["face installed 1", "old-clock installed 1"]);
  });

  test("removes nothing that needs what is named, if nothing else would remove it", async () => {
    const { box, run } = await on(["face", "editor"]);
    const { text } = await run([apt("editor", { replaces: "old-clock" })]);
    expect(text).toContain(
      "apt would remove face, which is on this host, because it needs what a role replaces: old-clock;",
    );
    expect(packagesOf(box)).toEqual(["editor installed 2", "face installed 1", "old-clock installed 1"]);
  });

  test("goes back to an older version, but not if another package would have to go", async () => {
    const { box, run } = await on(["editor"]);
    const older = [apt("editor", { version: "1" })];
    expect((await run(older)).said).toContain("changed apt[editor]");
    expect(packagesOf(box)).toEqual(["editor installed 1"]);
    await run([apt("plugin")]);
    const { text } = await run(older);
    expect(text).toContain("apt would remove plugin, which is on this host, to install editor;");
    expect(packagesOf(box)).toEqual(["editor installed 2", "plugin installed 1"]);
  });

  test("lets what is removed stop its service, and what is installed start none", async () => {
    const box = sandbox();
    const [policy, asked] = [join(box.host, "policy-rc.d"), join(box.host, "asked")];
    writeFileSync(policy, say(base(), five, "db-01").file("/usr/sbin/policy-rc.d"));
    const script = `sh ${policy}; echo "$DPKG_MAINTSCRIPT_PACKAGE $DPKG_MAINTSCRIPT_NAME $?" >>${asked}`;
    const clocks = CLOCKS.slice(0, 2).map((one) => ({
      ...one,
      scripts: { prerm: script, postinst: script },
    }));
    const before = withPackages(box, clocks);
    await runProgram(box, [apt("old-clock")], { shell, before });
    await runProgram(box, [apt("new-clock", { replaces: "old-clock" })], { shell, before });
    expect(readFileSync(asked, "utf8").trim().split("\n")).toEqual([
      "old-clock postinst 101",
      "old-clock prerm 0",
      "new-clock postinst 101",
    ]);
  });

  test("writes nothing for a plan", async () => {
    const { box, run } = await on(["editor"]);
    const before = filesOf(box);
    expect((await run([apt("old-clock")], "check")).said).toEqual(["changed apt[old-clock]", "finished"]);
    expect(filesOf(box)).toEqual(before);
  });
});

test.each(["-rf", "a b", "Curl", "x;reboot", "curl=1", "a"])("the package name %s is refused", (name) => {
  expect(() => apt(name)).toThrow(`apt[${name}]: expected the name of a Debian package`);
});

test("the name of a package to replace is looked at, too", () => {
  expect(() => apt("curl", { replaces: ["wget", "a b"] })).toThrow(
    'apt[curl]: expected the name of a Debian package; found "a b"',
  );
});

describe.skipIf(!canSandbox).each(SHELLS)("a service, in %s", (shell) => {
  needsShell(shell);
  test("would change if systemd cannot be asked", async () => {
    const wanted = [service("no-such"), service("other.timer", { running: false, enabled: false })];
    const { said, text } = await runProgram(sandbox(), wanted, { shell, mode: "check" });
    expect(said).toEqual(["changed service[no-such]", "changed service[other.timer]", "finished"]);
    expect(text).toMatch(/unit: \S+ -> active:enabled:/);
    expect(text).toMatch(/unit: \S+ -> inactive:disabled:/);
  });
});

/** Files below a sandbox's package database and apt's caches, with the time of their last change. */
function filesOf(box: Sandbox): string[] {
  return [join(box.host, "packages"), join(box.lib, "../apt")].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .sort()
      .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`),
  );
}
