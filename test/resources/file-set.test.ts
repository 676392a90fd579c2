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

/** The same set in its next version: other files, or another order. It is refused, so the old files must be back. */
const NEXT: Record<string, string[]> = {
  "one file more": ["before", "one", "other", "new/third"],
  "one file fewer": ["other", "new/third"],
  "another order": ["new/third", "other", "one"],
};

describe.skipIf(!canSandbox).concurrent("a set that was killed half-way, and is another one now:", () => {
  test.for(Object.entries(NEXT))(
    "with %s, all files are as one run left them",
    async ([_, names], { onTestFinished }) => {
      const seen = new Set<string>();
      for (let at = 1, code: number | null = null; code === null; at++) {
        const box = sandbox(onTestFinished);
        given(box);
        const before = killingAt(at, join(box.run, "../boundaries"));
        ({ code } = await runProgram(box, [pair(box, "new")], { before }));
        const files = names.map((name) => [join(box.host, name), text`next ${name}`] as const);
        const next = fileSet("pair", { files: Object.fromEntries(files), validate: sh`false` });
        const { said } = await runProgram(box, [next]);
        expect(said, `killed at ${at}`).toContain("failed fileSet[pair] apply 1");
        expect(["old,old,missing", "new,new,new"], `killed at ${at}`).toContain(found(box).join());
        expect(readdirSync(box.host).sort(), `killed at ${at}`).toEqual(["new", "one", "other"]);
        expect(readdirSync(join(box.host, "new")), `killed at ${at}`).not.toContain(".third.quintet");
        seen.add(found(box).join());
        box.remove();
      }
      expect([...seen]).toEqual(["old,old,missing", "new,new,new"]);
    },
  );
});

describe.skipIf(!canSandbox)("a journal that an older program left, without paths,", () => {
  const left = (box: Sandbox) => {
    given(box);
    mkdirSync(join(box.lib, "sets/pair"), { recursive: true });
    writeFileSync(join(box.lib, "sets/pair/0"), "of some file\n");
  };

  test("puts nothing back, and is gone when the set is right", async () => {
    const box = sandbox();
    left(box);
    expect((await runProgram(box, [pair(box, "new")])).said).toContain("changed fileSet[pair]");
    expect(found(box)).toEqual(["new", "new", "new"]);
    expect(readdirSync(join(box.lib, "sets"))).toEqual([]);
  });

  test("is kept, and named, if the set is refused", async () => {
    const box = sandbox();
    left(box);
    const { said, text } = await runProgram(box, [pair(box, "new", "unlike")]);
    expect(said.at(-1)).toBe("failed fileSet[pair] apply 1");
    expect(text).toContain("is in /var/lib/quintet/sets/pair.unnamed");
    expect(found(box)).toEqual(["old", "old", "missing"]);
    expect(readFileSync(join(box.lib, "sets/pair.unnamed/0"), "utf8")).toBe("of some file\n");
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
