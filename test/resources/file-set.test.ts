import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileSet, handler, sh, text } from "../../engine/index.ts";
import { killingAt } from "../helpers/killing.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/** Two files that must have the same content, and a third that is made with them. */
function pair(box: Sandbox, one: string, other = one) {
  const at = (name: string) => join(box.host, name);
  return fileSet("pair", {
    files: { [at("one")]: text`${one}`, [at("other")]: text`${other}`, [at("new/third")]: text`${one}` },
    validate: sh`cmp ${at("one")} ${at("other")}`,
    notify: handler("reload it", sh`:`),
  });
}

const found = (box: Sandbox) =>
  ["one", "other", "new/third"].map((name) =>
    existsSync(join(box.host, name)) ? readFileSync(join(box.host, name), "utf8").trim() : "missing",
  );

function given(box: Sandbox): void {
  for (const name of ["one", "other"]) writeFileSync(join(box.host, name), "old\n");
}

describe.skipIf(!canSandbox).each(SHELLS)("a set of files, in %s", (shell) => {
  needsShell(shell);
  test("is replaced as a whole, and then is ok", async () => {
    const box = sandbox();
    given(box);
    expect((await runProgram(box, [pair(box, "new")], { shell, mode: "check" })).said[0]).toBe(
      "changed fileSet[pair]",
    );
    expect((await runProgram(box, [pair(box, "new")], { shell })).said).toEqual([
      "start fileSet[pair]",
      "changed fileSet[pair]",
      "handler-start reload it",
      "handler-done reload it",
      "finished",
    ]);
    expect(found(box)).toEqual(["new", "new", "new"]);
    expect((await runProgram(box, [pair(box, "new")], { shell })).said).toEqual([
      "ok fileSet[pair]",
      "finished",
    ]);
  });

  test("is put back as a whole if it is refused", async () => {
    const box = sandbox();
    given(box);
    const { said, text } = await runProgram(box, [pair(box, "new", "unlike")], { shell });
    expect(said.at(-1)).toBe("failed fileSet[pair] apply 1");
    expect(text).toMatch(/differ[\s\S]*refused: .* are as they were/);
    expect(found(box)).toEqual(["old", "old", "missing"]);
    expect(readdirSync(box.host).sort()).toEqual(["new", "one", "other"]);
  });

  test("is put right if one of its files was edited", async () => {
    const box = sandbox();
    mkdirSync(join(box.host, "new"));
    await runProgram(box, [pair(box, "new")], { shell });
    writeFileSync(join(box.host, "other"), "edited\n");
    expect((await runProgram(box, [pair(box, "new")], { shell })).said).toContain("changed fileSet[pair]");
    expect(found(box)).toEqual(["new", "new", "new"]);
  });
});

describe.skipIf(!canSandbox).concurrent("a set of files after its run was killed, at every boundary,", () => {
  test.for<[string, string, string[], string]>([
    ["is finished if it is still wanted", "new", ["new", "new", "new"], "finished"],
    [
      "is as it was before, if it is refused",
      "unlike",
      ["old", "old", "missing"],
      "failed fileSet[pair] apply 1",
    ],
  ])("%s", async ([_, other, after, said], { onTestFinished }) => {
    for (let at = 1, code: number | null = null; code === null; at++) {
      const box = sandbox(onTestFinished);
      given(box);
      ({ code } = await runProgram(box, [pair(box, "new", other)], {
        before: killingAt(at, join(box.run, "../boundaries")),
      }));
      const second = await runProgram(box, [pair(box, "new", other)]);
      expect(second.said.at(-1), `killed at ${at}`).toBe(said);
      expect(found(box), `killed at ${at}`).toEqual(after);
      expect(readdirSync(box.host).sort(), `killed at ${at}`).toEqual(["new", "one", "other"]);
      if (code !== null) expect(at).toBeGreaterThan(20);
      box.remove();
    }
  });
});
