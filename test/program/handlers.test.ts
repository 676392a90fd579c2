import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, file, handler, sh } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/** A handler that counts how often it ran. It fails while there is a file `broken`. */
function counting(box: Sandbox, name = "reload it") {
  const ran = join(box.host, "ran");
  return handler(name, sh`[ ! -e ${join(box.host, "broken")} ] || { echo no; exit 7; }; echo ran >>${ran}`);
}

const timesRan = (box: Sandbox) =>
  existsSync(join(box.host, "ran")) ? readFileSync(join(box.host, "ran"), "utf8").split("\n").length - 1 : 0;

/** Fails while there is a file `wall`. */
const wall = (box: Sandbox) =>
  command("wall", { check: sh`[ ! -e ${join(box.host, "wall")} ] || exit 1`, run: sh`exit 9` });

describe.skipIf(!canSandbox).each(SHELLS)("a handler, in %s", (shell) => {
  needsShell(shell);
  test("runs once after all resources, even if two notify it, and not in the next run", async () => {
    const box = sandbox();
    const notify = counting(box);
    const wanted = [
      file(join(box.host, "a"), { content: "a\n", notify }),
      file(join(box.host, "b"), { content: "b\n", notify }),
    ];
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said).toEqual([
      "changed file[a]",
      "changed file[b]",
      "handler-due reload it",
      "finished",
    ]);
    expect((await runProgram(box, wanted, { shell })).said.slice(-4)).toEqual([
      "changed file[b]",
      "handler-start reload it",
      "handler-done reload it",
      "finished",
    ]);
    expect(timesRan(box)).toBe(1);
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok file[a]", "ok file[b]", "finished"]);
    expect(timesRan(box)).toBe(1);
  });

  test("is not lost if a later resource fails: the next run runs it exactly once", async () => {
    const box = sandbox();
    writeFileSync(join(box.host, "wall"), "");
    const wanted = [file(join(box.host, "a"), { content: "a\n", notify: counting(box) }), wall(box)];

    const first = await runProgram(box, wanted, { shell });
    expect([first.said.at(-1), timesRan(box)]).toEqual(["failed command[wall] apply 9", 0]);

    writeFileSync(join(box.host, "wall"), "");
    const checked = await runProgram(box, wanted, { shell, mode: "check" });
    expect(checked.said).toContain("handler-due reload it");
    expect(timesRan(box)).toBe(0);

    const cured = [wanted[0] as never];
    expect((await runProgram(box, cured, { shell })).said).toEqual([
      "ok file[a]",
      "handler-start reload it",
      "handler-done reload it",
      "finished",
    ]);
    expect((await runProgram(box, cured, { shell })).said).toEqual(["ok file[a]", "finished"]);
    expect(timesRan(box)).toBe(1);
  });

  test("that fails keeps its mark until it succeeds", async () => {
    const box = sandbox();
    writeFileSync(join(box.host, "broken"), "");
    const wanted = [file(join(box.host, "a"), { content: "a\n", notify: counting(box) })];
    const first = await runProgram(box, wanted, { shell });
    expect([first.said.at(-1), first.code]).toEqual(["handler-failed reload it", 3]);
    expect(first.text).toContain("no\n");
    expect(readdirSync(join(box.lib, "pending"))).toHaveLength(1);
    expect((await runProgram(box, wanted, { shell })).said.at(-1)).toBe("handler-failed reload it");

    rmSync(join(box.host, "broken"));
    expect((await runProgram(box, wanted, { shell })).said).toContain("handler-done reload it");
    expect(readdirSync(join(box.lib, "pending"))).toEqual([]);
  });
});

describe.skipIf(!canSandbox)("handlers with similar names", () => {
  test("have separate marks", async () => {
    const box = sandbox();
    const names = ["reload a/b", "reload a-b", "reload a b", "../x", "it's *"];
    const wanted = names.map((name, index) =>
      file(join(box.host, String(index)), { content: "", notify: counting(box, name) }),
    );
    writeFileSync(join(box.host, "wall"), "");
    await runProgram(box, [...wanted, wall(box)]);
    expect(readdirSync(join(box.lib, "pending"))).toHaveLength(names.length);
    const { said } = await runProgram(box, wanted);
    expect(said.filter((line) => line.startsWith("handler-done"))).toEqual(
      names.map((name) => `handler-done ${name}`),
    );
  });
});

describe.skipIf(!canSandbox)("the mark of a handler that this run does not have", () => {
  const mark = (box: Sandbox, name: string, content = "") => {
    mkdirSync(join(box.lib, "pending"), { recursive: true });
    writeFileSync(join(box.lib, "pending", name), content);
  };

  test("is told by a plan and by a run, and stays", async () => {
    const box = sandbox();
    mark(box, "reload%20the%20old%20one");
    mark(box, "it%27s%20odd");
    const wanted = [file(join(box.host, "a"), { content: "a\n", notify: counting(box) })];
    for (const mode of ["check", "apply"] as const) {
      const { signals } = await runProgram(box, wanted, { mode });
      expect(signals.filter(({ word }) => word === "left")).toEqual([
        { word: "left", text: " it%27s%20odd reload%20the%20old%20one" },
      ]);
    }
    expect(readdirSync(join(box.lib, "pending")).sort()).toEqual([
      "it%27s%20odd",
      "reload%20the%20old%20one",
    ]);
  });

  test("is taken over by the handler that covers it", async () => {
    const box = sandbox();
    mark(box, "reload%20it");
    const restart = handler("restart it", sh`echo ran >>${join(box.host, "ran")}`, { covers: "reload it" });
    writeFileSync(join(box.host, "a"), "a\n");
    const wanted = [file(join(box.host, "a"), { content: "a\n", notify: restart })];
    const plan = await runProgram(box, wanted, { mode: "check" });
    expect(plan.said).toEqual(["ok file[a]", "handler-due restart it", "finished"]);
    expect((await runProgram(box, wanted)).said).toContain("handler-done restart it");
    expect([timesRan(box), readdirSync(join(box.lib, "pending"))]).toEqual([1, []]);
  });
});
