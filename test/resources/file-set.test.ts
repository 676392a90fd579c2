import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileSet, type Shell, sh, verbatim } from "../../engine/index.ts";
import { runProgramme, SHELLS } from "../helpers/programme.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";

const GOOD = sh`true`;

/** Two files of which one names the other. */
function setOf(box: Sandbox, validate: Shell, version = "new") {
  const files = {
    [join(box.host, "main")]: verbatim(`include part ${version}\n`),
    [join(box.host, "part")]: verbatim(`${version}\n`),
  };
  return [fileSet("pair", { files, validate })];
}

const contents = (box: Sandbox) =>
  ["main", "part"].map((name) =>
    existsSync(join(box.host, name)) ? readFileSync(join(box.host, name), "utf8") : "missing",
  );

function given(box: Sandbox): void {
  writeFileSync(join(box.host, "main"), "include part old\n");
  writeFileSync(join(box.host, "part"), "old\n");
}

describe.skipIf(!canSandbox).each(SHELLS)("a file set, in %s", (shell) => {
  test("is written whole, once, and vetted with all its files in place", async () => {
    const box = sandbox();
    given(box);
    const wanted = setOf(
      box,
      sh`grep -q new ${join(box.host, "main")} && grep -q new ${join(box.host, "part")}`,
    );
    expect((await runProgramme(box, wanted, { shell, mode: "check" })).said).toEqual([
      "changed fileSet[pair]",
      "finished",
    ]);
    expect((await runProgramme(box, wanted, { shell })).said.at(-2)).toBe("changed fileSet[pair]");
    expect(contents(box)).toEqual(["include part new\n", "new\n"]);
    expect((await runProgramme(box, wanted, { shell })).said).toEqual(["ok fileSet[pair]", "finished"]);
    expect(readdirSync(box.host).sort()).toEqual(["main", "part"]);
    expect(readdirSync(join(box.lib, "sets"))).toEqual([]);
  });

  test("that is refused is put back as a set, with the validator's words", async () => {
    const box = sandbox();
    given(box);
    const outcome = await runProgramme(box, setOf(box, sh`echo 'line 1: no such word'; false`), { shell });
    expect(outcome.code).toBe(3);
    expect(outcome.text).toContain("line 1: no such word");
    expect(contents(box)).toEqual(["include part old\n", "old\n"]);
  });

  test("that is refused at birth leaves none of its files", async () => {
    const box = sandbox();
    expect((await runProgramme(box, setOf(box, sh`false`), { shell })).code).toBe(3);
    expect(contents(box)).toEqual(["missing", "missing"]);
  });

  test("left half-way by a run that died is put back before the next one tries", async () => {
    const box = sandbox();
    given(box);
    await runProgramme(box, setOf(box, sh`kill -9 0`, "fatal"), { shell });
    expect(contents(box)).toEqual(["include part fatal\n", "fatal\n"]);
    expect((await runProgramme(box, setOf(box, GOOD, "fatal"), { shell, mode: "check" })).said[0]).toBe(
      "changed fileSet[pair]",
    );
    expect((await runProgramme(box, setOf(box, sh`false`), { shell })).code).toBe(3);
    expect(contents(box)).toEqual(["include part old\n", "old\n"]);
    expect((await runProgramme(box, setOf(box, GOOD), { shell })).code).toBe(0);
    expect(contents(box)).toEqual(["include part new\n", "new\n"]);
  });
});
