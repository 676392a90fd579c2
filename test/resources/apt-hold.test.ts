import { describe, expect, test } from "vitest";
import { apt, aptHold, command, sh } from "../../engine/index.ts";
import { hasApt, packagesOf, withPackages } from "../helpers/packages.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

describe.skipIf(!canSandbox || !hasApt).each(SHELLS)("packages on hold, in %s", (shell) => {
  needsShell(shell);
  const held = aptHold("editor", { packages: ["editor", "library"] });
  const upgrade = command("upgrade", { check: sh`false`, run: sh`apt-get -q -y upgrade` });
  const installed = () => {
    const box = sandbox();
    const before = withPackages(box, [
      ...[{ name: "editor", version: "1" }, { name: "library" }, { name: "other" }],
      ...[
        { name: "editor", version: "2" },
        { name: "other", version: "2" },
      ],
    ]);
    const packages = [apt("editor", { version: "1" }), apt("library"), apt("other", { version: "1" })];
    return { box, before, packages };
  };

  test("keep their version when others are upgraded", async () => {
    const { box, before, packages } = installed();
    const { said } = await runProgram(box, [...packages, held], { shell, before });
    expect(said).toContain("changed aptHold[editor]");
    await runProgram(box, [upgrade], { shell, before });
    expect(packagesOf(box)).toEqual(["editor installed 1", "library installed 1", "other installed 2"]);
    expect((await runProgram(box, [held], { shell, before })).said).toEqual([
      "ok aptHold[editor]",
      "finished",
    ]);
  });

  test("are held again if somebody has let one go", async () => {
    const { box, before, packages } = installed();
    await runProgram(box, [...packages, held], { shell, before });
    const freed = command("freed", { check: sh`false`, run: sh`apt-mark unhold library` });
    await runProgram(box, [freed], { shell, before });
    const { said } = await runProgram(box, [held], { shell, before });
    expect(said).toEqual(["start aptHold[editor]", "changed aptHold[editor]", "finished"]);
  });
});
