import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { apt, dpkg } from "../../engine/index.ts";
import { hasApt, packagesOf, withPackages } from "../helpers/packages.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

describe.skipIf(!canSandbox || !hasApt).each(SHELLS)("a package database, in %s", (shell) => {
  needsShell(shell);
  /** A host with two packages, whose states dpkg has left as they are not meant to stay. */
  const brokenOff = async (states: Readonly<Record<string, string>>) => {
    const box = sandbox();
    const before = withPackages(box, [{ name: "editor", fields: ["Depends: library"] }, { name: "library" }]);
    const status = join(box.host, "packages/dpkg/status");
    await runProgram(box, [apt("editor")], { shell, before });
    let left = readFileSync(status, "utf8");
    for (const [name, state] of Object.entries(states))
      left = left.replace(new RegExp(`(Package: ${name}\nStatus: ).*`), `$1${state}`);
    writeFileSync(status, left);
    return { box, run: () => runProgram(box, [dpkg("whole")], { shell, before }) };
  };

  test("that was broken off is taken up, and then is ok", async () => {
    const { box, run } = await brokenOff({ editor: "install ok unpacked" });
    expect((await run()).said).toEqual(["start dpkg[whole]", "changed dpkg[whole]", "finished"]);
    expect(packagesOf(box)).toEqual(["editor installed 1", "library installed 1"]);
    expect((await run()).said).toEqual(["ok dpkg[whole]", "finished"]);
  });

  test("is not made whole by removing a package: that is left to the operator", async () => {
    const { box, run } = await brokenOff({
      editor: "install ok unpacked",
      library: "deinstall ok not-installed",
    });
    rmSync(join(box.lib, "../apt/lists"), { recursive: true });
    const { said, text } = await run();
    expect(said.at(-1)).toBe("failed dpkg[whole] apply 1");
    expect(text).toContain("to make the packages whole, apt would remove editor; expected to remove none");
    expect(text).toContain("apt-get -s --fix-broken install");
    expect(packagesOf(box)).toEqual(["editor unpacked 1"]);
  });

  test("loses what was being removed when it was broken off", async () => {
    const { box, run } = await brokenOff({
      editor: "deinstall ok half-installed",
      library: "deinstall ok half-installed",
    });
    expect((await run()).said).toContain("changed dpkg[whole]");
    expect(packagesOf(box)).toEqual([]);
  });
});
