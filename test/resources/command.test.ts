import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, sh } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

describe.skipIf(!canSandbox).each(SHELLS)("command, in %s", (shell) => {
  needsShell(shell);
  test.each([
    [0, "ok command[x]", false],
    [1, "changed command[x]", false],
    [2, "failed command[x] check 2", true],
    [127, "failed command[x] check 127", true],
  ])("whose check exits with %i: %s", async (code, said, failed) => {
    const box = sandbox();
    const wanted = [command("x", { check: sh`echo why; exit ${code}`, run: sh`:` })];
    const checked = await runProgram(box, wanted, { shell, mode: "check" });
    expect(checked.said).toEqual([said, "finished"]);
    expect(checked.text.includes("why")).toBe(failed);
  });

  test("runs once, and then is ok", async () => {
    const box = sandbox();
    const done = join(box.host, "done");
    const wanted = [command("x", { check: sh`[ -e ${done} ] || exit 1`, run: sh`echo ran >>${done}` })];
    expect((await runProgram(box, wanted, { shell })).said).toEqual([
      "start command[x]",
      "changed command[x]",
      "finished",
    ]);
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok command[x]", "finished"]);
    expect(readFileSync(done, "utf8")).toBe("ran\n");
  });

  test("stops at its first failing line, in check and in run", async () => {
    const box = sandbox();
    const marker = join(box.host, "marker");
    const broken = sh`
      ls /nonexistent
      touch ${marker}`;
    const checked = await runProgram(box, [command("x", { check: broken, run: sh`:` })], { shell });
    expect(checked.said.at(-1)).toMatch(/^failed command\[x\] check [12]$/);
    const applied = await runProgram(box, [command("x", { check: sh`exit 1`, run: broken })], { shell });
    expect(applied.said.at(-1)).toMatch(/^failed command\[x\] apply [12]$/);
    expect(applied.text).toContain("/nonexistent");
    expect(existsSync(marker)).toBe(false);
  });

  test("fails if its check still says no after it ran", async () => {
    const box = sandbox();
    const outcome = await runProgram(box, [command("x", { check: sh`exit 1`, run: sh`echo tried` })], {
      shell,
    });
    expect(outcome.said).toEqual(["start command[x]", "failed command[x] still 1"]);
    expect(outcome.code).toBe(3);
  });

  test("does not affect the next command through the shell's state", async () => {
    const box = sandbox();
    const rude = sh`
      cd /nonexistent 2>/dev/null || cd /tmp
      n=9 mode=check work=/nonexistent
      set -f
      trap 'echo rude' EXIT`;
    const done = join(box.host, "done");
    const wanted = [
      command("rude", {
        check: sh`[ -e ${done} ] || exit 1`,
        diff: sh`${rude}; exit 1`,
        run: sh`${rude}; touch ${done}`,
      }),
      command("next", { check: sh`[ "$(pwd)" = / ] || exit 2`, run: sh`:` }),
    ];
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said).toEqual([
      "changed command[rude]",
      "ok command[next]",
      "finished",
    ]);
    expect((await runProgram(box, wanted, { shell })).said).toEqual([
      "start command[rude]",
      "changed command[rude]",
      "ok command[next]",
      "finished",
    ]);
  });

  test("cannot send events of its own, and cannot read what is sent to the program", async () => {
    const box = sandbox();
    const loud = sh`
      echo ok 7
      { echo ok 7 >&3; } 2>/dev/null || echo three is closed
      { read -r stolen <&4; } 2>/dev/null || echo four is closed`;
    const outcome = await runProgram(box, [command("x", { check: sh`${loud}; exit 2`, run: sh`:` })], {
      shell,
      mode: "check",
    });
    expect(outcome.said).toEqual(["failed command[x] check 2", "finished"]);
    expect(outcome.text).toBe("ok 7\nthree is closed\nfour is closed\n\n");
  });
});

describe.skipIf(!canSandbox)("a command that waits", () => {
  test("says what for, once for each reason, and goes on when that is ready", async () => {
    const box = sandbox();
    const tries = join(box.host, "tries");
    const until = sh`
      echo x >>${tries}
      [ "$(wc -l <${tries})" -gt 2 ] || { echo the neighbour; exit 1; }`;
    const wanted = [
      command("x", {
        check: sh`[ -e ${tries}.done ] || exit 1`,
        run: sh`touch ${tries}.done`,
        waits: { until, seconds: 9 },
      }),
    ];
    const { said, text } = await runProgram(box, wanted);
    expect(said).toEqual(["waiting command[x]", "start command[x]", "changed command[x]", "finished"]);
    expect(text).toContain("the neighbour");
  });

  test.each([
    ["says why", sh`echo the neighbour; exit 1`, ["waiting command[x]", "failed command[x] wait 1"]],
    ["says nothing", sh`exit 1`, ["waiting command[x]", "failed command[x] wait 1"]],
    [
      "fails before its last line",
      sh`
      false
      true`,
      ["waiting command[x]", "failed command[x] wait 1"],
    ],
  ])("gives up if its condition %s and never holds", async (_, until, said) => {
    const box = sandbox();
    const ran = join(box.host, "ran");
    const wanted = [command("x", { check: sh`exit 1`, run: sh`touch ${ran}`, waits: { until, seconds: 1 } })];
    expect((await runProgram(box, wanted)).said).toEqual(said);
    expect(existsSync(ran)).toBe(false);
  });
});
